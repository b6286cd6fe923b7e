package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.Green;
import io.greenlet.GreenContext;
import io.greenlet.GreenThread;
import io.greenlet.GreenTimeout;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TimeoutSnippetsTests {

    private static final ScopedValue<String> USER = ScopedValue.newInstance();
    private static final ScopedValue<String> OTHER = ScopedValue.newInstance();

    private static String fetch(String what) throws InterruptedException {
        Green.sleep(Duration.ofMillis(1));
        return what;
    }

    private static void print(Object line) {
        assertThat(line).isNotNull();
    }

    @Test
    void timeout() throws Exception {
        // @start region="timeout"
        String page = GreenTimeout.call(Duration.ofSeconds(2), () -> fetch("page")); // or a TimeoutException
        String price = GreenTimeout.callOr(Duration.ofMillis(300), () -> fetch("price"), "unknown");
        // @end
        assertThat(page + price).isEqualTo("pageprice");
    }

    @Test
    void scope() throws Exception {
        // @start region="scope"
        GreenTimeout silence = GreenTimeout.open(Duration.ofSeconds(5));
        try (silence) {
            for (String part : List.of("a", "b", "c")) {
                print(fetch(part));
                silence.restart(Duration.ofSeconds(5)); // for each part anew
            }
        } catch (InterruptedException e) {
            silence.check(e); // throws a TimeoutException if it was this limit
            throw e;
        }
        // @end
        assertThat(silence.isPending()).isFalse();
    }

    @Test
    void context() throws Exception {
        ScopedValue.where(USER, "ada").call(() -> {
            // @start region="context"
            GreenContext context = GreenContext.capture(USER);
            GreenThread<String> greeting = Green.spawn(context.wrap(() -> "hello " + USER.get()));
            // @end
            assertThat(greeting.await()).isEqualTo("hello ada");
            return null;
        });
    }

    @Test
    void aGreenThreadInheritsNothingByItself() throws Exception {
        boolean inherited = ScopedValue.where(USER, "ada").call(() -> Green.spawn(USER::isBound).await());
        assertThat(inherited).isFalse();
    }

    @Test
    void aContextCapturesWhatIsNamedAndBound() throws Exception {
        ScopedValue.where(USER, "ada").call(() -> {
            GreenContext context = GreenContext.capture(USER, OTHER);
            assertThat(Green.spawn(context.wrap(() -> USER.get() + OTHER.isBound())).await()).isEqualTo("adafalse");
            return null;
        });
        assertThat(Green.spawn(GreenContext.capture(USER).wrap(USER::isBound)).await()).isFalse();
        GreenContext chosen = GreenContext.of(ScopedValue.where(USER, "grace"));
        assertThat(chosen.<String>call(USER::get)).isEqualTo("grace");
        chosen.run(() -> assertThat(USER.get()).isEqualTo("grace"));
    }

    @Test
    void aContextOfEverythingLeavesTheGreenThreadItself() throws Exception {
        assertThat(GreenContext.canCaptureAll()).as("the tests open java.lang").isTrue();
        GreenThread<String> spawner = Green.spawn(() -> ScopedValue.where(USER, "ada").call(() -> {
            GreenContext context = GreenContext.captureAll();
            GreenThread<String> child = Green.spawn(context.wrap(() -> {
                assertThat(USER.get()).isEqualTo("ada");
                return GreenThread.current().orElseThrow().name();
            }));
            assertThat(child.await()).isEqualTo(child.name());
            return "checked";
        }));
        assertThat(spawner.await()).isEqualTo("checked");
    }

    @Test
    void aPoolCanCarryScopedValues() throws Exception {
        PoolOptions options = PoolOptions.named("carrying").withDecorator(GreenContext.carrying(USER));
        try (GreenPool pool = GreenPool.of(options)) {
            String seen = ScopedValue.where(USER, "ada").call(() -> pool.spawn(USER::get).await());
            assertThat(seen).isEqualTo("ada");
            assertThat(pool.spawn(USER::isBound).await()).isFalse();
        }
    }

    @Test
    void aLimitIsOneForAll() {
        assertThatThrownBy(() -> GreenTimeout.run(Duration.ofMillis(5), () -> Green.sleep(Duration.ofSeconds(30))))
                .isInstanceOf(TimeoutException.class).hasMessage("timed out after 5 ms");
    }
}
