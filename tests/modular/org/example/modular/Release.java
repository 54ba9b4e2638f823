package org.example.modular;

/** The class for every release; a multi-release jar has another one for Java 17. */
class Release {
    static String name() {
        return "of any release";
    }
}
