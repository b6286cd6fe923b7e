package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The hub with its own carrier, and what can go wrong with one: programs in JVMs of their own, since much of it is about
/// services that the JDK has once per JVM.
@Timeout(180)
final class CarrierHubTests {

    private static ChildJvm run(String program, String... more) throws Exception {
        String[] arguments = Stream.concat(Stream.of(program), Stream.of(more)).toArray(String[]::new);
        return ChildJvm.run(List.of(ChildJvm.OPEN_JAVA_LANG), CarrierHubProgram.class, arguments);
    }

    @Test
    void withoutTheFlagItIsTheBaton() throws Exception {
        ChildJvm closed = ChildJvm.run(List.of(), CarrierHubProgram.class, "form");
        assertThat(closed.said("form")).isEqualTo("baton false");
        assertThat(closed.errors()).isEmpty();
    }

    @Nested
    class Behaviour {

        private static ChildJvm program = new ChildJvm(List.of(), "");

        @BeforeAll
        static void runTheProgram() throws Exception {
            program = run("behaviour");
        }

        @AfterAll
        static void forget() {
            program = new ChildJvm(List.of(), "");
        }

        @Test
        void withTheFlagItHasItsOwnCarrier() {
            assertThat(program.said("form")).isEqualTo("own-carrier true");
        }

        @Test
        void aChildRunsAfterWhatWasQueuedBeforeIt() {
            assertThat(program.said("start order"))
                    .isEqualTo("[a, still a, b, still b, c, still c, child of a, child of b, child of c]");
        }

        @Test
        void yieldsGoRound() {
            assertThat(program.said("round robin")).isEqualTo("abcabcabc");
        }

        @Test
        void unsynchronisedIncrementsAreExact() {
            assertThat(program.said("increments")).isEqualTo("1000000");
        }

        @Test
        void aLockOfTheHubsThatSomebodyOutsideHoldsIsNoSwitch() {
            assertThat(program.said("no switch")).isEqualTo("40000");
        }

        @Test
        void theParallelHubIsTheJdksSchedulerAlsoFromHere() {
            assertThat(program.said("other form")).startsWith("ForkJoinPool-1-worker-");
        }

        @Test
        void noWakeUpFromOutsideIsLost() {
            assertThat(program.said("ping-pong")).isEqualTo("played");
        }

        @Test
        void aWakeUpThatComesWhenTheCarrierHasJustFoundNothingIsSeen() {
            assertThat(program.said("unseen")).isEqualTo("seen");
        }

        @Test
        void noWakeUpIsLostWhileTheCarrierComesAndGoes() {
            assertThat(program.said("come and go")).isEqualTo("played");
        }

        @Test
        void whoRunsIsSeenFromOutside() {
            assertThat(program.said("looking")).isEqualTo("true true 0");
        }

        @Test
        void theJdksSleepLetsOthersRun() {
            assertThat(program.said("jdk sleep")).isEqualTo("at once");
        }

        @Test
        void oneOfItsOwnClosesIt() {
            assertThat(program.said("from inside")).isEqualTo("CANCELLED closed");
        }

        @Test
        void closedItTakesNothing() {
            assertThat(program.said("closed")).isEqualTo("hub 'closed' is closed");
        }

        @Test
        void theContextClassLoaderIsTheSpawnersAndNothingElseIsInherited() {
            assertThat(program.said("class loader")).isEqualTo("true null greenlet-class-loader");
        }

        @Test
        void theProgramComesToItsEnd() {
            assertThat(program.said("end")).isEqualTo("reached");
        }
    }

    @Nested
    class Blocking {

        private static ChildJvm program = new ChildJvm(List.of(), "");

        @BeforeAll
        static void runTheProgram() throws Exception {
            program = run("blocking");
        }

        @AfterAll
        static void forget() {
            program = new ChildJvm(List.of(), "");
        }

        @Test
        void itIsTheSameThreadOnAnotherCarrier() {
            assertThat(program.said("identity")).isEqualTo("true mine greenlet-blocking changed greenlet-identity");
        }

        @Test
        void theHubGoesOnMeanwhile() {
            assertThat(program.said("goes on")).isEqualTo("went on");
        }

        @Test
        void itsExceptionIsThrownOnTheHub() {
            assertThat(program.said("exception")).isEqualTo("from outside greenlet-exception");
        }

        @Test
        void anInterruptFlagSurvives() {
            assertThat(program.said("flag")).isEqualTo("true greenlet-flag");
        }

        @Test
        void aKillReachesIt() {
            assertThat(program.said("kill")).isEqualTo("killed on [greenlet-kill]");
        }

        @Test
        void nestedItIsAPlainCall() {
            assertThat(program.said("nested"))
                    .isEqualTo("greenlet-blocking greenlet-blocking greenlet-blocking greenlet-nested");
        }

        @Test
        void fromOutsideTheHubItIsAPlainCall() {
            assertThat(program.said("elsewhere")).isEqualTo("main");
        }

        @Test
        void greenletsOwnCallsWorkInIt() {
            assertThat(program.said("waits")).isEqualTo("sent greenlet-waits greenlet-blocking");
        }

        @Test
        void pinnedItRunsOnTheHub() {
            assertThat(program.said("pinned")).isEqualTo("greenlet-pinned greenlet-blocking greenlet-pinned");
        }

        @Test
        void noThreadOfThePoolIsHeldLongerThanItsBody() {
            assertThat(program.said("left")).isEqualTo("none");
        }

        @Test
        void whoIsBackHasTheHubForItself() {
            assertThat(program.said("exclusive")).isEqualTo("12000");
        }
    }

    @Nested
    class Hazards {

        private static ChildJvm program = new ChildJvm(List.of(), "");

        @BeforeAll
        static void runTheProgram() throws Exception {
            program = run("hazards");
        }

        @AfterAll
        static void forget() {
            program = new ChildJvm(List.of(), "");
        }

        @Test
        void whatIsWokenAfterTheCloseRuns() {
            assertThat(program.said("late")).isEqualTo("[greenlet-late]");
        }

        @Test
        void whatTheJdkUnblocksAfterTheCloseRuns() {
            assertThat(program.said("late monitor")).isEqualTo("entered");
        }

        @Test
        void noWakeUpAfterTheCloseIsLost() {
            assertThat(program.said("storm")).isEqualTo("200");
        }

        @Test
        void aClassInitialiserThatParksHoldsTheHubUpNoLonger() {
            assertThat(program.said("initialiser")).isEqualTo("after it");
        }

        @Test
        void aKillReachesAClassInitialiserThatParks() {
            assertThat(program.said("killed initialiser")).isEqualTo("went on true");
        }

        @Test
        void aDeadCarrierIsReplaced() {
            assertThat(program.said("dead carrier"))
                    .isEqualTo("[carrier of hub 'dead-carrier', which is replaced: planted] 101");
        }

        @Test
        void duplicatesInTheQueueAreHarmless() {
            assertThat(program.said("duplicates")).isEqualTo("100000 looked at");
        }

        @Test
        void ordinaryVirtualThreadsAreAsBefore() {
            assertThat(program.said("others")).isEqualTo("[entered, exchanged]");
        }
    }

    @Nested
    class Sockets {

        private static ChildJvm program = new ChildJvm(List.of(), "");

        @BeforeAll
        static void runTheProgram() throws Exception {
            program = run("sockets");
        }

        @AfterAll
        static void forget() {
            program = new ChildJvm(List.of(), "");
        }

        @Test
        void theJdksPollersAreNotOnTheHubThatFirstUsesASocket() {
            assertThat(program.said("pollers")).isEqualTo("[entered, exchanged], then let go");
        }

        @Test
        void aHundredFetchesBySocketTakeAsLongAsOne() {
            assertThat(program.said("sockets")).isEqualTo("100 at once");
        }

        @Test
        void aHundredFetchesByHttpClientTakeAsLongAsOne() {
            assertThat(program.said("http")).isEqualTo("100 at once");
        }

        @Test
        void aHundredQueriesByJdbcTakeAsLongAsOne() {
            assertThat(program.said("jdbc")).isEqualTo("100 at once");
        }

        @Test
        void ordinaryVirtualThreadsAreAsBefore() {
            assertThat(program.said("others")).isEqualTo("[entered, exchanged]");
        }
    }

    @Nested
    class Closing {

        @Test
        void noneIsLostAndTheJvmIsAsBefore() throws Exception {
            ChildJvm program = run("close", HubContract.DEEP ? "1000" : "100");
            assertThat(program.said("close")).isEqualTo("0 lost, 0 unreleased");
            assertThat(program.said("others")).isEqualTo("[entered, exchanged]");
        }

        @Test
        void noneIsLostByABaton() throws Exception {
            ChildJvm program = run("close-baton", HubContract.DEEP ? "1000" : "100");
            assertThat(program.said("close")).isEqualTo("0 lost, 0 unreleased");
            assertThat(program.said("others")).isEqualTo("[entered, exchanged]");
        }
    }
}
