import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;

/** A server whose answers come out of native libraries: / asks SQLite, /zstd compresses where that library loads. */
public class Natives {
    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 16);
        server.createContext("/", exchange -> answer(exchange, sqlite()));
        server.createContext("/zstd", exchange -> answer(exchange, zstd()));
        server.start();
    }

    private static String sqlite() {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
                ResultSet found = connection.createStatement().executeQuery("select 6 * 7")) {
            return "sqlite says " + found.getInt(1) + " on " + System.getProperty("os.arch");
        } catch (Throwable fault) {
            return "no sqlite: " + fault;
        }
    }

    private static String zstd() {
        try {
            Class<?> zstd = Class.forName("com.github.luben.zstd.Zstd");
            byte[] packed = (byte[]) zstd.getMethod("compress", byte[].class).invoke(null, (Object) new byte[100000]);
            return "zstd packs to " + (packed.length < 1000 ? "little" : "much");
        } catch (Throwable fault) {
            return "no zstd";
        }
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
