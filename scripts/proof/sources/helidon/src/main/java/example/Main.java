package example;

import io.helidon.webserver.Routing;
import io.helidon.webserver.WebServer;

public final class Main {
    private Main() {
    }

    public static void main(String[] arguments) {
        Routing routing = Routing.builder()
                .get("/greeting", (request, response) -> response.send("hello from Helidon"))
                .build();
        WebServer.builder(routing).port(8080).build().start();
    }
}
