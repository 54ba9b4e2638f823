package lane.caller;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.client.RestTemplateBuilder;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestTemplate;

/** Says which version it is at /version, and at every other path what its peer says there, asked by the peer's name in the registry. */
@SpringBootApplication
@RestController
public class Caller {
    private final RestTemplate rest;
    private final String peer;
    private final String version;

    Caller(RestTemplate rest, @Value("${peer}") String peer) throws IOException {
        this.rest = rest;
        this.peer = peer;
        this.version = new ClassPathResource("version.txt").getContentAsString(StandardCharsets.UTF_8).trim();
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Caller.class, arguments);
    }

    @GetMapping("/version")
    String version() {
        return version;
    }

    @RequestMapping("/")
    String peersVersion() {
        return rest.getForObject("http://" + peer + "/version", String.class);
    }

    @Configuration
    static class Calls {
        @Bean
        @LoadBalanced
        RestTemplate rest(RestTemplateBuilder builder) {
            return builder.build();
        }
    }
}
