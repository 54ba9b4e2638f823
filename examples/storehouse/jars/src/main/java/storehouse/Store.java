package storehouse;

import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** What lies in store: rows of the database; what was looked at last is kept in Redis. */
@RestController
@SpringBootApplication
public class Store {
    private final JdbcTemplate database;
    private final StringRedisTemplate redis;

    Store(JdbcTemplate database, StringRedisTemplate redis) {
        this.database = database;
        this.redis = redis;
    }

    @GetMapping("/parts/{name}")
    Map<String, Object> part(@PathVariable("name") String name) {
        redis.opsForList().leftPush("looked-at", name);
        return database.queryForMap("SELECT name, pieces FROM part WHERE name = ?", name);
    }

    @GetMapping("/parts")
    List<Map<String, Object>> parts() {
        return database.queryForList("SELECT name, pieces FROM part ORDER BY name");
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Store.class, arguments);
    }
}
