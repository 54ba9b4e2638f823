package shop.order;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class Order {
    public static void main(String[] arguments) {
        SpringApplication.run(Order.class, arguments);
    }
}
