import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The program of the other tests, and beside it everything that a connection can be: long, large, two-way, plain. */
public class Traffic {
    private static final String KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final ExecutorService THREADS = Executors.newCachedThreadPool();

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8081), 256);
        server.setExecutor(THREADS);
        server.createContext("/upload", Traffic::upload);
        server.createContext("/download", Traffic::download);
        server.createContext("/events", Traffic::events);
        server.createContext("/crash", exchange -> Runtime.getRuntime().halt(4));
        server.start();
        serve(9090, true);
        serve(9191, false);
        Program.main(arguments);
    }

    private static void upload(HttpExchange exchange) throws IOException {
        long size = 0;
        byte[] piece = new byte[8192];
        InputStream in = exchange.getRequestBody();
        for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
            size += read;
        }
        byte[] said = String.valueOf(size).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, said.length);
        exchange.getResponseBody().write(said);
        exchange.close();
    }

    private static void download(HttpExchange exchange) throws IOException {
        long left = Long.parseLong(exchange.getRequestURI().getQuery());
        exchange.sendResponseHeaders(200, left);
        byte[] piece = new byte[16384];
        try (OutputStream out = exchange.getResponseBody()) {
            for (; left > 0; left -= piece.length) {
                out.write(piece, 0, (int) Math.min(left, piece.length));
            }
        }
    }

    private static void events(HttpExchange exchange) throws IOException {
        int count = Integer.parseInt(exchange.getRequestURI().getQuery());
        exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (int number = 1; number <= count; number++) {
                out.write(("id: " + number + "\ndata: x\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
                Thread.sleep(100);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** Echo: by WebSocket after its handshake (RFC 6455, short frames), or byte by byte. */
    private static void serve(int port, boolean frames) throws IOException {
        ServerSocket server = new ServerSocket(port, 256);
        Thread accepting = new Thread(() -> {
            while (true) {
                try {
                    Socket one = server.accept();
                    THREADS.execute(() -> talk(one, frames));
                } catch (IOException ended) {
                    return;
                }
            }
        });
        accepting.setDaemon(true);
        accepting.start();
    }

    private static void talk(Socket one, boolean frames) {
        try (one) {
            InputStream in = new BufferedInputStream(one.getInputStream());
            OutputStream out = one.getOutputStream();
            if (frames && !shakeHands(in, out)) {
                return;
            }
            for (int read = in.read(); read >= 0; read = in.read()) {
                if (frames) {
                    frame(read, in, out);
                } else {
                    out.write(read);
                }
            }
        } catch (Exception ended) {
            // The other side went away: so does this one.
        }
    }

    private static boolean shakeHands(InputStream in, OutputStream out) throws Exception {
        String key = null;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            if (line.toLowerCase().startsWith("sec-websocket-key:")) {
                key = line.substring(line.indexOf(':') + 1).trim();
            }
        }
        if (key == null) {
            return false;
        }
        byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + KEY).getBytes(StandardCharsets.US_ASCII));
        String accept = Base64.getEncoder().encodeToString(digest);
        String head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
        out.write((head + "Sec-WebSocket-Accept: " + accept + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        return true;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream found = new ByteArrayOutputStream();
        for (int read = in.read(); read >= 0 && read != '\n'; read = in.read()) {
            if (read != '\r') {
                found.write(read);
            }
        }
        return found.toString(StandardCharsets.US_ASCII);
    }

    private static void frame(int first, InputStream in, OutputStream out) throws IOException {
        int length = in.read() & 0x7f;
        byte[] mask = in.readNBytes(4);
        byte[] body = in.readNBytes(length);
        for (int at = 0; at < body.length; at++) {
            body[at] ^= mask[at % 4];
        }
        out.write(first);
        out.write(length);
        out.write(body);
    }
}
