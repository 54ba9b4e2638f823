package market;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Who is registered, by name and address. */
@RestController
@SpringBootApplication
public class Admin {
    private final DiscoveryClient registry;

    Admin(DiscoveryClient registry) {
        this.registry = registry;
    }

    @GetMapping("/admin/services")
    Map<String, List<String>> services() {
        Map<String, List<String>> found = new TreeMap<>();
        for (String name : registry.getServices()) {
            found.put(name, registry.getInstances(name).stream().map(one -> one.getUri().toString()).sorted().toList());
        }
        return found;
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Admin.class, arguments);
    }
}
