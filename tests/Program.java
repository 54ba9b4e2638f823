import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.concurrent.Executors;

/** A small server whose version and manners lie beside it in program.properties. */
public class Program {
    private static volatile int health = 200;

    public static void main(String[] arguments) throws Exception {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        Properties told = new Properties();
        try (InputStream in = Program.class.getResourceAsStream("/program.properties")) {
            told.load(in);
        }
        String version = told.getProperty("version");
        String manner = told.getProperty("manner", "healthy");
        System.out.println("program " + version + " starts");
        if (manner.equals("crashes")) {
            System.out.println("no database at db:3306");
            Runtime.getRuntime().halt(3);
        }
        if (manner.equals("ends")) {
            return;
        }
        if (manner.equals("silent")) {
            Thread.sleep(Long.MAX_VALUE);
        }
        if (manner.equals("never-healthy")) {
            health = 503;
        }
        if (manner.equals("crashes-later")) {
            crashAfter(Long.parseLong(told.getProperty("after")));
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 256);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> answer(exchange, 200, version));
        server.createContext("/health", exchange -> answer(exchange, health, "health of " + version));
        server.createContext("/environment", exchange -> answer(exchange, 200, environment(exchange)));
        server.createContext("/slow", Program::slow);
        server.start();
        System.out.println("program " + version + " serves");
    }

    private static void crashAfter(long milliseconds) {
        Thread thread = new Thread(() -> {
            pause(milliseconds);
            System.out.println("out of patience");
            Runtime.getRuntime().halt(4);
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void slow(HttpExchange exchange) throws IOException {
        pause(2000);
        answer(exchange, 200, "slow");
    }

    private static String environment(HttpExchange exchange) {
        return String.valueOf(System.getenv(exchange.getRequestURI().getQuery()));
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }
}
