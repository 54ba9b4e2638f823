package org.example;

/** The program of a distribution: what it starts lies in another jar. */
public class Shop {
    public static void main(String[] arguments) throws Exception {
        Class.forName("Program").getMethod("main", String[].class).invoke(null, (Object) arguments);
    }
}
