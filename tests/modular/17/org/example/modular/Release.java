package org.example.modular;

/** The one for Java 17. */
class Release {
    static String name() {
        return "of Java 17";
    }
}
