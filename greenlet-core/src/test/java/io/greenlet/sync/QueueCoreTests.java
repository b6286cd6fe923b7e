package io.greenlet.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.waiting.Waiter;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a queue does with elements that come back: from a collection that refused them, or from a taker that could not
/// receive what it was given.
@Timeout(10)
final class QueueCoreTests {

    private final QueueCore<Integer> core = new QueueCore<>(new DequeStore<>(false), 2);

    private Waiter taker() {
        Waiter taker = new Waiter();
        core.takers().add(taker);
        return taker;
    }

    @Test
    void elementsThatComeBackAreForThoseWhoWaitAndThenTheNext() {
        Waiter first = taker();
        Waiter second = taker();
        core.restore(List.of(1, 2, 3, 4, 5));
        assertThat(first.given()).isEqualTo(1);
        assertThat(second.given()).isEqualTo(2);
        assertThat(core.takers().isEmpty()).isTrue();
        assertThat(core.takeWoken()).as("who is to be woken first").isSameAs(first);
        assertThat(core.takeWoken()).isNull();
        assertThat(core.offer(6)).as("there is no room").isFalse();
        assertThat(core.pollAll(9)).containsExactly(3, 4, 5);
        assertThat(core.unfinished()).as("they were counted when they came first").isZero();
    }

    @Test
    void whoHasGotSomethingCannotLeaveTheLine() {
        Waiter served = taker();
        Waiter leaving = taker();
        assertThat(core.offer(1)).isTrue();
        assertThat(core.leave(served)).isFalse();
        assertThat(core.leave(leaving)).isTrue();
        assertThat(core.leave(leaving)).isFalse();
        assertThat(leaving.given()).isNull();
    }

    @Test
    void whoHasBeenWokenHoldsNobodyWhoWasWokenAfterIt() {
        Waiter slow = taker();
        WeakReference<Waiter> next = new WeakReference<>(taker());
        core.close();
        Waiter.wakeAll(core.takeWoken());
        for (int i = 0; i < 100 && !next.refersTo(null); i++) {
            System.gc();
        }
        assertThat(next.refersTo(null)).isTrue();
        assertThat(slow.given()).isEqualTo(QueueCore.Answer.CLOSED);
    }
}
