package org.example.modular;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;

/** Answers with what it is started as: its module, whether its services are found, which release's class it got. */
public class Main {
    public static void main(String[] arguments) throws Exception {
        String greeting = ServiceLoader.load(Greeting.class).findFirst().map(Greeting::text).orElse("nothing");
        String module = Main.class.getModule().isNamed() ? Main.class.getModule().getName() : "no module";
        int signers = Main.class.getSigners() == null ? 0 : Main.class.getSigners().length;
        byte[] answer = (module + ", " + greeting + ", " + Release.name() + ", " + signers + " signers")
            .getBytes(StandardCharsets.UTF_8);
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 16);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }
}
