package io.greenlet.boot.test.app;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.boot.GreenAsync;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Service;

/// An application, of which a slice takes little.
@SpringBootApplication
public class TitlesApplication {

    /// What no slice wants.
    @Component
    public static class Expensive {}

    /// What is tested.
    @Service
    public static class Titles {

        /// Takes a while.
        ///
        /// @param takes how long
        /// @return where it ran
        @GreenAsync("crawler")
        public CompletableFuture<String> title(Duration takes) throws InterruptedException {
            Green.sleep(takes);
            return CompletableFuture.completedFuture(GreenThread.current().orElseThrow().name());
        }
    }
}
