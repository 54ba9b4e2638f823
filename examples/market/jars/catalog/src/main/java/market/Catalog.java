package market;

import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** What there is to buy: rows of the database. */
@RestController
@SpringBootApplication
public class Catalog {
    private final JdbcTemplate database;
    private final String version;

    Catalog(JdbcTemplate database, @Value("${market.version}") String version) {
        this.database = database;
        this.version = version;
    }

    @GetMapping("/items")
    List<Map<String, Object>> items() {
        return database.queryForList("SELECT id, name, price FROM item ORDER BY id");
    }

    @GetMapping("/items/{id}")
    Map<String, Object> item(@PathVariable("id") long id) {
        return database.queryForMap("SELECT id, name, price FROM item WHERE id = ?", id);
    }

    @GetMapping("/version")
    String version() {
        return version;
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Catalog.class, arguments);
    }
}
