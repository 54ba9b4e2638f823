module org.example.modular {
    requires jdk.httpserver;
    uses org.example.modular.Greeting;
    provides org.example.modular.Greeting with org.example.modular.Hello;
}
