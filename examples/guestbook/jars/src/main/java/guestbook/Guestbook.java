package guestbook;

import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A guestbook: entries are rows of the database, visits are counted in Redis. */
@RestController
@SpringBootApplication
public class Guestbook {
    private final JdbcTemplate database;
    private final StringRedisTemplate redis;

    Guestbook(JdbcTemplate database, StringRedisTemplate redis) {
        this.database = database;
        this.redis = redis;
    }

    @GetMapping("/entries")
    Map<String, Object> entries() {
        Long visits = redis.opsForValue().increment("visits");
        List<String> entries = database.queryForList("SELECT said FROM entry ORDER BY id", String.class);
        return Map.of("visits", visits == null ? 0 : visits, "entries", entries);
    }

    @PostMapping("/entries")
    void write(@RequestParam("said") String said) {
        database.update("INSERT INTO entry (said) VALUES (?)", said);
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Guestbook.class, arguments);
    }
}
