package io.greenlet.periodic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The arithmetic of periods, without threads: what is due when, and in which order.
@Timeout(60)
final class AgendaTests {

    private static final class Item extends Agenda.Entry {
        private final int number;

        Item(int number) {
            super(number);
            this.number = number;
        }
    }

    private static List<Integer> takeAll(Agenda<Item> agenda, long now) {
        List<Integer> taken = new ArrayList<>();
        for (@Nullable
        Item next = agenda.pollDue(now); next != null; next = agenda.pollDue(now)) {
            taken.add(next.number);
        }
        return taken;
    }

    @Test
    void whatIsImmediateComesFirstThenTheEarlierThenTheFirstRegistered() {
        Agenda<Item> agenda = new Agenda<>();
        agenda.add(new Item(5), 30, false);
        agenda.add(new Item(4), 10, false);
        agenda.add(new Item(2), 20, false);
        agenda.add(new Item(1), 20, false);
        agenda.add(new Item(9), 20, true);
        agenda.add(new Item(8), 20, true);
        assertThat(takeAll(agenda, 20)).containsExactly(8, 9, 4, 1, 2);
        assertThat(agenda.first()).isNotNull().extracting(item -> item.number).isEqualTo(5);
        assertThat(takeAll(agenda, 29)).isEmpty();
        assertThat(takeAll(agenda, 30)).containsExactly(5);
        assertThat(agenda.isEmpty()).isTrue();
    }

    @Test
    void theClockMayWrap() {
        Agenda<Item> agenda = new Agenda<>();
        long near = Long.MAX_VALUE - 5;
        agenda.add(new Item(2), near + 10, false);
        agenda.add(new Item(1), near, false);
        assertThat(takeAll(agenda, near + 3)).containsExactly(1);
        assertThat(takeAll(agenda, near + 10)).containsExactly(2);
    }

    @Test
    void anEntryIsTakenOut() {
        Agenda<Item> agenda = new Agenda<>();
        Item one = new Item(1);
        agenda.add(one, 1, false);
        agenda.add(new Item(2), 2, false);
        assertThat(agenda.remove(one)).isTrue();
        assertThat(agenda.remove(one)).isFalse();
        assertThat(takeAll(agenda, 5)).containsExactly(2);
        agenda.add(one, 9, false);
        agenda.clear();
        assertThat(agenda.first()).isNull();
    }

    @Test
    void itAgreesWithASort() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            Agenda<Item> agenda = new Agenda<>();
            List<long[]> all = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                long due = random.nextInt(10);
                agenda.add(new Item(i), due, false);
                all.add(new long[]{due, i});
            }
            all.sort((a, b) -> a[0] != b[0] ? Long.compare(a[0], b[0]) : Long.compare(a[1], b[1]));
            assertThat(takeAll(agenda, 9)).containsExactlyElementsOf(all.stream().map(pair -> (int) pair[1]).toList());
        }
    }

    @ParameterizedTest
    @CsvSource({"LAST_STARTED, 0, 250, 100", "LAST_STARTED, 100, 110, 200", "LAST_FINISHED, 100, 350, 450",
            "ALIGNED_LAST_FINISHED, 100, 350, 400", "ALIGNED_LAST_FINISHED, 100, 400, 500",
            "ALIGNED_LAST_FINISHED, 100, 401, 500", "ALIGNED_LAST_FINISHED, -260, -250, -200",
            "ALIGNED_LAST_FINISHED, -260, -200, -100"})
    void aStrategyCountsFromWhereItSays(PeriodicStrategy strategy, long started, long finished, long next) {
        assertThat(strategy.next(started, finished, 100)).isEqualTo(next);
    }

    @Test
    void aTaskIsChecked() {
        PeriodicTask task = PeriodicTask.every(Duration.ofSeconds(1), "tick", () -> {
        });
        assertThat(task.strategy()).isEqualTo(PeriodicStrategy.LAST_STARTED);
        assertThat(task.jitter()).isZero();
        assertThat(task.runImmediately()).isFalse();
        assertThat(task.enabled()).isTrue();
        assertThat(task.withJitter().jitter()).isEqualTo(0.05);
        assertThat(task.withRunImmediately(true).withEnabled(false).withStrategy(PeriodicStrategy.LAST_FINISHED))
                .isEqualTo(
                        new PeriodicTask("tick", Duration.ofSeconds(1), task.body(), PeriodicStrategy.LAST_FINISHED, 0,
                                true, false));
        assertThatIllegalArgumentException().isThrownBy(() -> PeriodicTask.every(Duration.ZERO, "tick", task.body()))
                .withMessage("spacing must be positive: PT0S");
        assertThatIllegalArgumentException().isThrownBy(() -> PeriodicOptions.named(" "))
                .withMessage("name must not be blank: ' '");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void aJitterIsAPart(double jitter) {
        PeriodicTask task = PeriodicTask.every(Duration.ofSeconds(1), "tick", () -> {
        });
        assertThatIllegalArgumentException().isThrownBy(() -> task.withJitter(jitter))
                .withMessage("jitter must be from 0 to 1: " + jitter);
    }
}
