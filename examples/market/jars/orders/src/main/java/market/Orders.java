package market;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

/** Orders: a row of the database each; how often an item was ordered is counted in Redis. */
@RestController
@SpringBootApplication
public class Orders {
    private static final String COUNTS = "market:ordered";
    private final JdbcTemplate database;
    private final StringRedisTemplate redis;
    private final RestClient catalog;
    private final String version;

    Orders(JdbcTemplate database, StringRedisTemplate redis, RestClient.Builder clients,
            @Value("${market.version}") String version) {
        this.database = database;
        this.redis = redis;
        this.catalog = clients.baseUrl("http://catalog").build();
        this.version = version;
    }

    @PostMapping("/orders")
    Map<String, Object> order(@RequestParam("item") long item) {
        Map<?, ?> found = catalog.get().uri("/items/{item}", item).retrieve().body(Map.class);
        String name = String.valueOf(found.get("name"));
        database.update("INSERT INTO placed (item, name) VALUES (?, ?)", item, name);
        Double count = redis.opsForZSet().incrementScore(COUNTS, name, 1);
        return Map.of("item", item, "name", name, "ordered", count == null ? 0 : count.longValue());
    }

    @GetMapping("/orders")
    List<Map<String, Object>> orders() {
        return database.queryForList("SELECT id, item, name FROM placed ORDER BY id DESC LIMIT 20");
    }

    @GetMapping("/orders/popular")
    Set<String> popular() {
        return redis.opsForZSet().reverseRange(COUNTS, 0, 4);
    }

    @GetMapping("/version")
    String version() {
        return version;
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Orders.class, arguments);
    }

    /** Clients that look a name up in the registry. */
    @Configuration
    static class Clients {
        @Bean
        @LoadBalanced
        RestClient.Builder clients() {
            return RestClient.builder();
        }
    }
}
