import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TimeZone;

/** A server whose start is as difficult as its environment says. */
public class Starter {
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(Starter.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (told("END_FIRST") > 0 && !Files.exists(Path.of("ended"))) {
            Files.writeString(Path.of("ended"), "on purpose");
            System.exit(10);
        }
        if (System.getenv("END_WELL") != null) {
            System.exit(0);
        }
        String facts = "stdin=" + System.in.read();
        facts += " beside=" + written(home.resolveSibling("beside.txt"));
        facts += " folder=" + written(Path.of("working.txt"));
        facts += " zone=" + TimeZone.getDefault().getID() + " locale=" + Locale.getDefault();
        facts += " charset=" + System.getProperty("file.encoding");
        facts += " collector=" + java.lang.management.ManagementFactory.getGarbageCollectorMXBeans().get(0).getName();
        if (told("TLS") > 0) {
            secured(told("TLS"));
        }
        if (told("MANAGEMENT") > 0) {
            serve("0.0.0.0", told("MANAGEMENT"), "/actuator/health", "{\"status\":\"UP\"}");
        }
        Thread.sleep(told("LATE"));
        String address = System.getenv().getOrDefault("BIND", "0.0.0.0");
        serve(address, told("PORT") > 0 ? told("PORT") : 8080, "/", facts);
        System.out.println("serves");
    }

    private static int told(String name) {
        return Integer.parseInt(System.getenv().getOrDefault(name, "0"));
    }

    private static boolean written(Path file) {
        try {
            Files.writeString(file, "x");
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    /** Answers whoever speaks no TLS as a TLS server does: with an alert, and goodbye. */
    private static void secured(int port) throws IOException {
        ServerSocket listener = new ServerSocket(port, 50, InetAddress.getByName("0.0.0.0"));
        Thread thread = new Thread(() -> {
            while (true) {
                try (Socket caller = listener.accept()) {
                    caller.getInputStream().read();
                    caller.getOutputStream().write(new byte[] {0x15, 3, 3, 0, 2, 2, 70});
                } catch (IOException gone) {
                    System.out.println("a caller went away");
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void serve(String address, int port, String path, String text) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(address, port), 50);
        server.createContext(path, exchange -> answer(exchange, text));
        server.start();
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        boolean known = exchange.getHttpContext().getPath().equals("/")
            ? exchange.getRequestURI().getPath().equals("/") : true;
        byte[] body = text.getBytes();
        exchange.sendResponseHeaders(known ? 200 : 404, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
