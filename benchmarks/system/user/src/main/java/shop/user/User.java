package shop.user;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class User {
    public static void main(String[] arguments) {
        SpringApplication.run(User.class, arguments);
    }
}
