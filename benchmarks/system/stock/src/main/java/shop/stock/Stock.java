package shop.stock;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class Stock {
    public static void main(String[] arguments) {
        SpringApplication.run(Stock.class, arguments);
    }
}
