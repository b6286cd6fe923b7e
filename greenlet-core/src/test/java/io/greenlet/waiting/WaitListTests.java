package io.greenlet.waiting;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The line against a list that does the same, for every sequence of steps.
@Timeout(60)
final class WaitListTests {

    private static final class Person extends WaitList.Node {}

    private static final int PEOPLE = 4;
    private static final int STEPS = 7;

    /// Add or remove one of four, or poll: 9 to the power of 7 sequences, each step of each checked in full.
    @Test
    void doesWhatAListDoesWhateverTheSteps() {
        int kinds = 2 * PEOPLE + 1;
        long sequences = Math.powExact((long) kinds, STEPS);
        for (long sequence = 0; sequence < sequences; sequence++) {
            play(sequence, kinds);
        }
    }

    private static void play(long sequence, int kinds) {
        WaitList<Person> line = new WaitList<>();
        List<Person> expected = new ArrayList<>();
        Person[] people = new Person[PEOPLE];
        for (int i = 0; i < PEOPLE; i++) {
            people[i] = new Person();
        }
        long rest = sequence;
        for (int step = 0; step < STEPS; step++, rest /= kinds) {
            int choice = (int) (rest % kinds);
            if (choice < PEOPLE) {
                if (!expected.contains(people[choice])) {
                    line.add(people[choice]);
                    expected.add(people[choice]);
                }
            } else if (choice < 2 * PEOPLE) {
                Person person = people[choice - PEOPLE];
                require(line.remove(person) == expected.remove(person), sequence);
            } else {
                Person first = expected.isEmpty() ? null : expected.removeFirst();
                require(line.poll() == first, sequence);
            }
            check(line, expected, people, sequence);
        }
    }

    private static void check(WaitList<Person> line, List<Person> expected, Person[] people, long sequence) {
        require(line.size() == expected.size(), sequence);
        require(line.isEmpty() == expected.isEmpty(), sequence);
        for (Person person : people) {
            require(line.contains(person) == expected.contains(person), sequence);
        }
        Person at = line.peek();
        for (Person person : expected) {
            require(at == person, sequence);
            at = line.after(person);
        }
        require(at == null, sequence);
    }

    private static void require(boolean condition, long sequence) {
        if (!condition) {
            throw new AssertionError("sequence " + sequence);
        }
    }

    @Test
    void whoStandsInOneLineIsNotInAnother() {
        WaitList<Person> here = new WaitList<>();
        WaitList<Person> there = new WaitList<>();
        Person person = new Person();
        here.add(person);
        assertThat(there.contains(person)).isFalse();
        assertThat(there.remove(person)).isFalse();
        assertThat(here.contains(person)).isTrue();
        assertThat(here.size()).isEqualTo(1);
        assertThat((Object) here.poll()).isSameAs(person);
        there.add(person);
        assertThat(here.remove(person)).isFalse();
        assertThat(there.size()).isEqualTo(1);
    }

    @Test
    void whoHasLeftHoldsNobodyAndIsHeldByNobody() {
        WaitList<Person> line = new WaitList<>();
        Person first = new Person();
        Person last = new Person();
        line.add(first);
        WeakReference<Person> middle = addOne(line);
        line.add(last);
        assertThat(line.remove(first)).isTrue();
        @Nullable Person polled = line.poll();
        assertThat((Object) polled).isSameAs(middle.get());
        polled = line.poll();
        assertThat((Object) polled).isSameAs(last);
        while (!middle.refersTo(null)) {
            System.gc();
        }
        assertThat(line.contains(first) || line.contains(last)).isFalse();
    }

    private static WeakReference<Person> addOne(WaitList<Person> line) {
        Person person = new Person();
        line.add(person);
        return new WeakReference<>(person);
    }
}
