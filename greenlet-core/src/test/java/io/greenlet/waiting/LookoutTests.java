package io.greenlet.waiting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A place where looking is in vain is looked at ever more rarely, and one where it is not, always.
@Timeout(10)
final class LookoutTests {

    private final Lookout lookout = new Lookout();

    private int waitsUntilTheNextLook() {
        int waits = 0;
        while (!lookout.isWorthIt()) {
            waits++;
        }
        return waits;
    }

    @Test
    void aPlaceForAFewWaitsIsNeverLookedAt() {
        assertThat(waitsUntilTheNextLook()).isEqualTo(31);
    }

    @Test
    void everyLookInVainDoublesThePauseUpToALimit() {
        lookout.found();
        List<Integer> pauses = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            pauses.add(waitsUntilTheNextLook());
            lookout.inVain();
        }
        assertThat(pauses).containsExactly(0, 1, 3, 7, 15, 31, 63, 127, 255, 255);
    }

    @Test
    void aLookThatFindsEndsThePauses() {
        for (int i = 0; i < 10; i++) {
            lookout.inVain();
        }
        assertThat(waitsUntilTheNextLook()).isEqualTo(255);
        lookout.found();
        assertThat(waitsUntilTheNextLook()).isZero();
        assertThat(waitsUntilTheNextLook()).isZero();
        lookout.inVain();
        assertThat(waitsUntilTheNextLook()).as("it begins with one again").isEqualTo(1);
    }

    @Test
    void aLookThatFindsEndsThePauseThatAnotherOneHasBegunMeanwhile() {
        lookout.found();
        assertThat(lookout.isWorthIt()).as("two look at the same time").isTrue();
        assertThat(lookout.isWorthIt()).isTrue();
        lookout.inVain();
        lookout.found();
        assertThat(waitsUntilTheNextLook()).isZero();
    }
}
