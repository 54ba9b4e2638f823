package org.example.modular;

/** A service that only module-info says who provides. */
public interface Greeting {
    String text();
}
