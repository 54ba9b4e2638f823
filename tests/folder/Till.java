import com.sun.net.httpserver.HttpServer;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A thin program: a library beside its jar says half of what it answers. */
public class Till {
    public static void main(String[] arguments) throws Exception {
        String version;
        try (InputStream in = Till.class.getResourceAsStream("/till.txt")) {
            version = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        byte[] said = (version + " with tax " + Tax.rate()).getBytes(StandardCharsets.UTF_8);
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 64);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, said.length);
            exchange.getResponseBody().write(said);
            exchange.close();
        });
        server.start();
    }
}
