package io.greenlet.boot.test.app;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.boot.GreenAsync;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.springframework.stereotype.Service;

/// What is tested.
@Service
public class Titles {

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
