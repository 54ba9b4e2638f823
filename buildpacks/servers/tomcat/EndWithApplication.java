package io.buildsvc.tomcat;

import org.apache.catalina.Container;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleListener;

/**
 * Ends the process when the application did not start: Tomcat itself would go on, and answer 404 to everything.
 *
 * <p>A listener of the Host. Its applications are deployed by then, and no port is open yet.
 */
public final class EndWithApplication implements LifecycleListener, Runnable {
    private static final long HOOKS_MILLIS = 10_000;

    @Override
    public void lifecycleEvent(LifecycleEvent event) {
        if (!Lifecycle.AFTER_START_EVENT.equals(event.getType())) {
            return;
        }
        Container[] applications = ((Container) event.getSource()).findChildren();
        if (applications.length == 0) {
            end("Tomcat found no application");
        }
        for (Container application : applications) {
            if (!application.getState().isAvailable()) {
                String path = application.getName().isEmpty() ? "/" : application.getName();
                end("The application at " + path + " did not start; the log above says why");
            }
        }
    }

    private void end(String reason) {
        System.err.println(reason + ". Tomcat ends.");
        // Shutdown hooks write what asynchronous logging still holds; one that hangs must not keep the process.
        Thread limit = new Thread(this, "end-with-application");
        limit.setDaemon(true);
        limit.start();
        System.exit(1);
    }

    @Override
    public void run() {
        try {
            Thread.sleep(HOOKS_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }
}
