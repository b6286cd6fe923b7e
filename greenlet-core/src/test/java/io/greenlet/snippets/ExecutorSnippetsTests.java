package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenFutures;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.periodic.PeriodicTask;
import io.greenlet.periodic.PeriodicWorker;
import io.greenlet.pool.GreenThreadPoolExecutor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExecutorSnippetsTests {

    private static int price(String isbn) {
        return isbn.length();
    }

    @Test
    void executor() {
        List<String> isbns = List.of("0131103628", "0201633612");
        int sum;
        // @start region="executor"
        // 20 at once, 100 in line, then RejectedExecutionException
        try (var executor = new GreenThreadPoolExecutor(20, GreenThreadPoolExecutor.rejectWhenReached(100));
                Stream<Integer> prices = executor.map(isbn -> price(isbn), isbns, Duration.ofSeconds(2))) {
            sum = prices.mapToInt(price -> price).sum(); // two seconds for all of them
        } // waits until what was taken has finished
          // @end
        assertThat(sum).isEqualTo(20);
    }

    @Test
    void waiters() throws InterruptedException {
        Future<Integer> green = Hub.parallel().spawn(() -> 1);
        Future<Integer> stage = CompletableFuture.completedFuture(2);
        // @start region="waiters"
        var waited = GreenFutures.waitForAll(List.of(green, stage), Duration.ofSeconds(2));
        int sum = 0;
        for (Future<Integer> done : waited.done()) {
            sum += done.resultNow();
        }
        waited.notDone().forEach(late -> late.cancel(true));
        // @end
        assertThat(sum).isEqualTo(3);
    }

    @Test
    void periodic() {
        AtomicInteger purges = new AtomicInteger();
        AtomicInteger reports = new AtomicInteger();
        SimulatedHub hub = Hub.simulated(1);
        // @start region="periodic"
        try (PeriodicWorker worker = PeriodicWorker.on(hub)) {
            worker.every(Duration.ofMinutes(1), "purge", () -> purges.incrementAndGet());
            worker.add(PeriodicTask.every(Duration.ofSeconds(5), "report", () -> reports.incrementAndGet())
                    .withRunImmediately(true).withJitter());
            worker.start();
            hub.runFor(Duration.ofHours(1)); // virtual time, in a test
        } // no run begins any more, and the last has ended
          // @end
        hub.close();
        assertThat(purges).hasValue(60);
        assertThat(reports).hasValueGreaterThan(600);
    }
}
