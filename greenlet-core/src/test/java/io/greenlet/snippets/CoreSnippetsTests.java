package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.pool.GreenPile;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.pool.WhenFull;
import io.greenlet.sync.GreenEvent;
import io.greenlet.sync.GreenQueue;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CoreSnippetsTests {

    private static final List<String> ISBNS = List.of("0131103628", "0201633612", "0321349601");

    private static String fetch(String isbn) {
        return "book " + isbn;
    }

    private static void print(String line) {
        assertThat(line).startsWith("book");
    }

    private static String heavy() {
        return "done";
    }

    @Test
    void first() {
        // @start region="first"
        var options = PoolOptions.named("catalogue") // at most 20 requests at once, in this whole program
                .withSize(20)
                .withTaskTimeout(Duration.ofSeconds(2));
        try (GreenPool pool = GreenPool.of(options);
                Stream<String> books = pool.imap(isbn -> fetch(isbn), ISBNS)) {
            books.forEach(book -> print(book)); // in the order of the input, as soon as each is there
        }
        // @end
    }

    @Test
    void spawn() throws InterruptedException {
        // @start region="spawn"
        GreenThread<String> thread = Green.spawn(() -> heavy());
        thread.link(ended -> System.out.println(ended.name() + " has ended: " + ended.state()));
        String result = thread.await(); // what it threw is thrown here, as it is
        // @end
        assertThat(result).isEqualTo("done");
    }

    @Test
    void kill() throws InterruptedException {
        // @start region="kill"
        GreenThread<String> sleeper = Green.spawn(() -> {
            Green.sleep(Duration.ofHours(1));
            return "never";
        });
        sleeper.kill(); // its blocking call ends with an InterruptedException, its await with a GreenletExit
        // @end
        assertThatExceptionOfType(GreenletExit.class).isThrownBy(sleeper::await);
    }

    @Test
    void event() throws InterruptedException, TimeoutException {
        // @start region="event"
        GreenEvent<String> answer = new GreenEvent<>();
        Green.spawnN(() -> answer.send("42"));
        String sent = answer.await(Duration.ofSeconds(5)); // any number of threads may wait
        // @end
        assertThat(sent).isEqualTo("42");
    }

    @Test
    void pool() throws InterruptedException {
        // @start region="pool"
        GreenPool pool = new GreenPool(20);
        GreenThread<String> book = pool.spawn(() -> fetch("0131103628")); // waits in line while 20 are running
        pool.resize(50); // now, and those in line begin
        pool.waitAll();
        // @end
        assertThat(book.await()).isEqualTo("book 0131103628");
        assertThat(pool.snapshot()).returns(50, snapshot -> snapshot.free()).returns(1L,
                snapshot -> snapshot.completed());
    }

    @Test
    void whenFull() {
        // @start region="when-full"
        GreenPool api = GreenPool.of(PoolOptions.named("api").withSize(0).withWhenFull(WhenFull.REJECT));
        try {
            api.spawnN(() -> heavy());
        } catch (RejectedSubmission e) { // pool 'api': no slot (size=0, running=0, waiting=0)
            print("book later: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // @end
        assertThat(api.snapshot().rejected()).isEqualTo(1);
    }

    @Test
    void pile() throws InterruptedException {
        // @start region="pile"
        GreenPile<String> pile = new GreenPile<>(20);
        for (String isbn : ISBNS) {
            pile.spawn(() -> fetch(isbn));
        }
        pile.forEach(book -> print(book)); // in the order of the spawns
        // @end
        assertThat(pile.hasNext()).isFalse();
    }

    @Test
    void unordered() {
        GreenPool pool = new GreenPool(20);
        // @start region="unordered"
        try (Stream<String> books = pool.imapUnordered(isbn -> fetch(isbn), ISBNS)) {
            print(books.findFirst().orElseThrow()); // whichever came first; closing kills the rest
        }
        // @end
        pool.close();
    }

    @Test
    void queue() throws InterruptedException {
        // @start region="queue"
        GreenQueue<String> isbns = GreenQueue.fifo(100); // a put waits while 100 are stored
        for (int i = 0; i < 4; i++) {
            Green.spawnN(() -> {
                for (String isbn : isbns.untilClosed()) { // the workers share what comes
                    print(fetch(isbn));
                    isbns.taskDone();
                }
            });
        }
        for (String isbn : ISBNS) {
            isbns.put(isbn);
        }
        isbns.join(); // every one is done
        isbns.close(); // ends the workers
        // @end
        assertThat(isbns.unfinished()).isZero();
    }
}
