package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.pool.GreenGroup;
import io.greenlet.pool.GreenGroup.OnFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GroupSnippetsTests {

    private static String user() {
        return "user";
    }

    private static int orders() {
        return 3;
    }

    @Test
    void group() throws InterruptedException {
        // @start region="group"
        try (GreenGroup group = new GreenGroup(OnFailure.KILL_OTHERS)) {
            GreenThread<String> user = group.spawn(() -> user());
            GreenThread<Integer> orders = group.spawn(() -> orders());
            group.join(); // throws the failure of the first that fails; the other one is killed then
            System.out.println(user.resultNow() + ": " + orders.resultNow());
        }
        // @end
        assertThat(user()).isEqualTo("user");
    }
}
