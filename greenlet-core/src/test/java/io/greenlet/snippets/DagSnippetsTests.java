package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.pool.DagPool;
import io.greenlet.pool.GreenPool;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DagSnippetsTests {

    private static String compile(String module) {
        return module + ".class";
    }

    private static String link(Iterable<String> objects) {
        return String.join("+", objects);
    }

    @Test
    void dag() throws InterruptedException {
        // @start region="dag"
        DagPool<String, String> build = DagPool.in(new GreenPool(4)); // at most four at once
        build.spawn("app", List.of("core", "web"), results -> link(results.awaitAll().values()));
        build.spawn("web", List.of("core"), results -> compile(results.key())); // begins when core is there
        build.spawn("core", List.of(), results -> compile(results.key()));
        String app = build.await("app");
        // @end
        assertThat(app).isEqualTo("core.class+web.class");
        assertThatThrownBy(() -> build.spawn("a", List.of("a"), _ -> "")).hasMessageContaining("a -> a");
    }
}
