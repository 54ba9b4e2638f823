package example;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.runtime.Micronaut;

@Controller
public class Application {
    public static void main(String[] arguments) {
        Micronaut.run(Application.class, arguments);
    }

    @Get(uri = "/greeting", produces = MediaType.TEXT_PLAIN)
    String greeting() {
        return "hello from Micronaut";
    }
}
