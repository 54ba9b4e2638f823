package org.example.modular;

public class Hello implements Greeting {
    @Override
    public String text() {
        return "hello";
    }
}
