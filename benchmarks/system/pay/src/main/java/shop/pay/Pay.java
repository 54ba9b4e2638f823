package shop.pay;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class Pay {
    public static void main(String[] arguments) {
        SpringApplication.run(Pay.class, arguments);
    }
}
