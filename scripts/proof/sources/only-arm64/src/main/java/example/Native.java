package example;

import io.netty.channel.epoll.Epoll;

public final class Native {
    private Native() {
    }

    public static void main(String[] arguments) {
        Epoll.ensureAvailability();
        System.out.println("the native library is loaded");
    }
}
