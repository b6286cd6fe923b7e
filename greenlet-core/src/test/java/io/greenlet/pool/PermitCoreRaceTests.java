package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Barrier;
import io.greenlet.pool.PermitCore.Admission;
import io.greenlet.pool.PermitCore.Kind;
import io.greenlet.pool.PermitCoreTests.Ticket;
import io.greenlet.waiting.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The core alone, where several use it at the same time: each race that its essay names.
final class PermitCoreRaceTests extends PoolContract {

    private static final int RACES = DEEP ? 20_000 : 250;

    @Nested
    class WhileSomeoneWaitsForIdleness {

        @Test
        void slotsAreTakenAndReturnedAsUsual() throws Exception {
            PermitCore<Ticket> core = new PermitCore<>(2);
            assertThat(core.tryAcquire()).isEqualTo(Admission.ADMITTED);
            Actor<Boolean> idler = fork(() -> core.awaitIdle(Waiter.FOREVER));
            waitUntil("someone waits for idleness", () -> core.look() < 0);
            assertThat(core.tryAcquire()).isEqualTo(Admission.ADMITTED);
            assertThat(core.tryAcquire()).isEqualTo(Admission.FULL);
            assertThat(core.release()).isNull();
            assertThat(core.tryAcquire()).isEqualTo(Admission.ADMITTED);
            assertThat(core.release()).isNull();
            assertThat(idler.isDone()).isFalse();
            assertThat(core.release()).isNull();
            assertThat(idler.result()).isTrue();
            assertThat(core.look()).as("the fast path is open again").isPositive();
        }

        @Test
        void oneWhoseTimeIsOverLeaves() throws InterruptedException {
            PermitCore<Ticket> core = new PermitCore<>(1);
            assertThat(core.tryAcquire()).isEqualTo(Admission.ADMITTED);
            assertThat(core.awaitIdle(TimeUnit.MILLISECONDS.toNanos(5))).isFalse();
            assertThat(core.look()).as("the fast path is open again").isPositive();
        }

        @Test
        void oneThatIsInterruptedLeaves() throws Exception {
            PermitCore<Ticket> core = new PermitCore<>(1);
            assertThat(core.tryAcquire()).isEqualTo(Admission.ADMITTED);
            AtomicBoolean interrupted = new AtomicBoolean();
            Actor<Boolean> idler = fork(() -> {
                try {
                    return core.awaitIdle(Waiter.FOREVER);
                } catch (InterruptedException e) {
                    interrupted.set(true);
                    return false;
                }
            });
            waitUntil("someone waits for idleness", () -> core.look() < 0);
            idler.interrupt();
            assertThat(idler.result()).isFalse();
            assertThat(interrupted).isTrue();
            assertThat(core.look()).as("the fast path is open again").isPositive();
        }
    }

    // ---- races

    /// One round: actors that run at the same instant, then a look at what came of it.
    private record Round(List<Callable<?>> actors, Callable<?> check) {}

    private void race(int actors, Supplier<Round> rounds) throws Exception {
        race(RACES, actors, rounds);
    }

    private void race(int times, int actors, Supplier<Round> rounds) throws Exception {
        Barrier barrier = new Barrier(actors + 1);
        AtomicReference<@Nullable Round> current = new AtomicReference<>();
        AtomicInteger ready = new AtomicInteger();
        AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
        List<Actor<Boolean>> threads = new ArrayList<>();
        for (int i = 0; i < actors; i++) {
            int me = i;
            threads.add(fork(() -> {
                for (;;) {
                    barrier.await();
                    Round round = current.get();
                    if (round == null) {
                        return true;
                    }
                    ready.incrementAndGet();
                    for (int looks = 0; ready.get() < actors && looks < 10_000; looks++) {
                        Thread.onSpinWait();
                    }
                    for (int pause = ThreadLocalRandom.current().nextInt(20); pause > 0; pause--) {
                        Thread.onSpinWait();
                    }
                    try {
                        round.actors().get(me).call();
                    } catch (Throwable e) {
                        broken.set(e);
                    }
                    barrier.await();
                }
            }));
        }
        try {
            for (int i = 0; i < times && broken.get() == null; i++) {
                Round round = rounds.get();
                ready.set(0);
                current.set(round);
                barrier.await();
                barrier.await();
                if (broken.get() == null) {
                    round.check().call();
                }
            }
        } finally {
            current.set(null);
            barrier.await();
        }
        Throwable error = broken.get();
        if (error != null) {
            throw new AssertionError(error);
        }
        for (Actor<Boolean> thread : threads) {
            assertThat(thread.result()).isTrue();
        }
    }

    private static PermitCore<Ticket> fullCore(int size) {
        PermitCore<Ticket> core = new PermitCore<>(size);
        for (int i = 0; i < size; i++) {
            assertThat(core.tryAcquire()).isEqualTo(Admission.ADMITTED);
        }
        return core;
    }

    private static boolean assertStands(PermitCore<Ticket> core, int size, int running, int waiting) {
        long look = core.look();
        assertThat(PermitCore.size(look)).isEqualTo(size);
        assertThat(PermitCore.running(look)).as("running").isEqualTo(running);
        assertThat(PermitCore.free(look)).as("free").isEqualTo(size - running);
        assertThat(core.waiting()).as("waiting").isEqualTo(waiting);
        assertThat(look < 0).as("slow").isEqualTo(waiting > 0 || core.isClosed());
        return true;
    }

    @Nested
    class Races {

        @Test
        void joiningWhileASlotIsReturnedLosesNeither() throws Exception {
            race(2, () -> {
                PermitCore<Ticket> core = fullCore(1);
                Ticket joining = new Ticket(Kind.CALLER);
                AtomicReference<@Nullable Admission> joined = new AtomicReference<>();
                AtomicReference<@Nullable Ticket> handed = new AtomicReference<>();
                return new Round(List.of(() -> joined.getAndSet(core.acquireOrJoin(joining, 0)),
                        () -> handed.getAndSet(core.release())), () -> {
                            boolean waited = joined.get() == Admission.WAITING;
                            assertThat(handed.get()).isSameAs(waited ? joining : null);
                            assertThat(joined.get()).isIn(Admission.WAITING, Admission.ADMITTED);
                            assertThat(joining.isGranted()).isTrue();
                            return assertStands(core, 1, 1, 0);
                        });
            });
        }

        @Test
        void twoWhoJoinAndOneReturnedSlotLeaveOneInLine() throws Exception {
            race(3, () -> {
                PermitCore<Ticket> core = fullCore(1);
                Ticket a = new Ticket(Kind.CALLER);
                Ticket b = new Ticket(Kind.QUEUED);
                return new Round(List.of(() -> core.acquireOrJoin(a, 9), () -> core.acquireOrJoin(b, 9), core::release),
                        () -> {
                            assertThat(a.isGranted() ^ b.isGranted()).isTrue();
                            assertThat(core.line()).containsExactly(a.isGranted() ? b : a);
                            return assertStands(core, 1, 1, 1);
                        });
            });
        }

        @Test
        void aNewcomerAndAReturnedSlotLeaveTheLineItsTurn() throws Exception {
            race(2, () -> {
                PermitCore<Ticket> core = fullCore(1);
                Ticket first = new Ticket(Kind.CALLER);
                assertThat(core.acquireOrJoin(first, 0)).isEqualTo(Admission.WAITING);
                AtomicReference<@Nullable Admission> newcomer = new AtomicReference<>();
                return new Round(List.of(() -> newcomer.getAndSet(core.tryAcquire()), core::release), () -> {
                    assertThat(newcomer.get()).isEqualTo(Admission.FULL);
                    assertThat(first.isGranted()).isTrue();
                    return assertStands(core, 1, 1, 0);
                });
            });
        }

        @Test
        void leavingWhileASlotIsGrantedEndsInExactlyOneOfTheTwo() throws Exception {
            race(2, () -> {
                PermitCore<Ticket> core = fullCore(1);
                Ticket leaving = new Ticket(Kind.CALLER);
                assertThat(core.acquireOrJoin(leaving, 0)).isEqualTo(Admission.WAITING);
                AtomicBoolean left = new AtomicBoolean();
                AtomicReference<@Nullable Ticket> handed = new AtomicReference<>();
                return new Round(List.of(() -> left.getAndSet(core.withdraw(leaving, Admission.KILLED)),
                        () -> handed.getAndSet(core.release())), () -> {
                            assertThat(leaving.isGranted()).isEqualTo(!left.get());
                            assertThat(handed.get()).isSameAs(left.get() ? null : leaving);
                            return assertStands(core, 1, left.get() ? 0 : 1, 0);
                        });
            });
        }

        @Test
        void leavingWhileASlotIsGrantedHandsItToTheNext() throws Exception {
            race(2, () -> {
                PermitCore<Ticket> core = fullCore(1);
                Ticket leaving = new Ticket(Kind.CALLER);
                Ticket next = new Ticket(Kind.QUEUED);
                assertThat(core.acquireOrJoin(leaving, 0)).isEqualTo(Admission.WAITING);
                assertThat(core.acquireOrJoin(next, 9)).isEqualTo(Admission.WAITING);
                return new Round(List.of(() -> core.withdraw(leaving, Admission.KILLED), core::release), () -> {
                    assertThat(leaving.isGranted()).isNotEqualTo(next.isGranted());
                    return assertStands(core, 1, 1, next.isGranted() ? 0 : 1);
                });
            });
        }

        @Test
        void resizingBesideTheFastPathLosesNoSlot() throws Exception {
            race(DEEP ? 2_000 : 100, 3, () -> {
                PermitCore<Ticket> core = new PermitCore<>(2);
                AtomicInteger holders = new AtomicInteger();
                AtomicInteger most = new AtomicInteger();
                Callable<?> user = () -> {
                    for (int i = 0; i < 500; i++) {
                        if (core.tryAcquire() == Admission.ADMITTED) {
                            most.accumulateAndGet(holders.incrementAndGet(), Math::max);
                            holders.decrementAndGet();
                            assertThat(core.release()).isNull();
                        }
                    }
                    return true;
                };
                return new Round(List.of(user, user, () -> {
                    for (int i = 0; i < 300; i++) {
                        assertThat(core.resize(i % 3)).isEmpty();
                    }
                    return core.resize(1);
                }), () -> {
                    assertThat(most.get()).isLessThanOrEqualTo(2);
                    return assertStands(core, 1, 0, 0);
                });
            });
        }

        @Test
        void growingBesideAReturnedSlotGrantsNobodyTwice() throws Exception {
            race(2, () -> {
                PermitCore<Ticket> core = fullCore(1);
                List<Ticket> line = List.of(new Ticket(Kind.CALLER), new Ticket(Kind.QUEUED), new Ticket(Kind.CALLER));
                for (Ticket ticket : line) {
                    assertThat(core.acquireOrJoin(ticket, 9)).isEqualTo(Admission.WAITING);
                }
                return new Round(List.of(() -> core.resize(2), core::release), () -> {
                    assertThat(line).extracting(Ticket::isGranted).containsExactly(true, true, false);
                    return assertStands(core, 2, 2, 1);
                });
            });
        }

        @Test
        void shrinkingBesideAReturnedSlotNeverGrantsAboveTheNewSize() throws Exception {
            race(2, () -> {
                PermitCore<Ticket> core = fullCore(3);
                Ticket waiting = new Ticket(Kind.QUEUED);
                assertThat(core.acquireOrJoin(waiting, 9)).isEqualTo(Admission.WAITING);
                return new Round(List.of(() -> core.resize(1), core::release), () -> {
                    boolean granted = waiting.isGranted(); // by a return before the shrink
                    return assertStands(core, 1, granted ? 3 : 2, granted ? 0 : 1);
                });
            });
        }

        @Test
        void idlenessIsNotSeenWhileASlotIsHandedOver() throws Exception {
            race(2, () -> {
                PermitCore<Ticket> core = fullCore(1);
                int tasks = 3;
                for (int i = 0; i < tasks; i++) {
                    assertThat(core.acquireOrJoin(new Ticket(Kind.QUEUED), 9)).isEqualTo(Admission.WAITING);
                }
                AtomicInteger done = new AtomicInteger();
                AtomicInteger seen = new AtomicInteger();
                return new Round(List.of(() -> {
                    assertThat(core.awaitIdle(Waiter.FOREVER)).isTrue();
                    seen.set(done.get());
                    return true;
                }, () -> {
                    Ticket running = new Ticket(Kind.CALLER);
                    while (running != null) {
                        done.incrementAndGet();
                        running = core.release();
                    }
                    return true;
                }), () -> {
                    assertThat(seen.get()).isEqualTo(tasks + 1);
                    return assertStands(core, 1, 0, 0);
                });
            });
        }

        @Test
        void everyoneWhoWaitsForIdlenessIsWoken() throws Exception {
            race(3, () -> {
                PermitCore<Ticket> core = fullCore(2);
                Callable<?> idler = () -> {
                    assertThat(core.awaitIdle(Waiter.FOREVER)).isTrue();
                    return true;
                };
                return new Round(List.of(idler, idler, () -> {
                    assertThat(core.release()).isNull();
                    return core.release() == null;
                }), () -> assertStands(core, 2, 0, 0));
            });
        }

        @Test
        void idlenessThatComesWithTheEndOfTheTimeLeavesNobodyBehind() throws Exception {
            race(2, () -> {
                PermitCore<Ticket> core = fullCore(1);
                return new Round(List.of(() -> core.awaitIdle(1_000), core::release),
                        () -> assertStands(core, 1, 0, 0));
            });
        }

        @Test
        void beingKilledWhileJoiningNeitherTakesASlotNorStaysInLine() throws Exception {
            race(3, () -> {
                PermitCore<Ticket> core = fullCore(1);
                Ticket joining = new Ticket(Kind.QUEUED);
                AtomicReference<@Nullable Admission> joined = new AtomicReference<>();
                AtomicBoolean killed = new AtomicBoolean();
                return new Round(List.of(() -> joined.getAndSet(core.acquireOrJoin(joining, 9)),
                        () -> killed.getAndSet(core.withdraw(joining, Admission.KILLED)), core::release), () -> {
                            assertThat(joining.answer())
                                    .isEqualTo(killed.get() ? Admission.KILLED : Admission.ADMITTED);
                            assertThat(joined.get()).isIn(joining.answer(), Admission.WAITING);
                            return assertStands(core, 1, killed.get() ? 0 : 1, 0);
                        });
            });
        }

        @Test
        void closingBesideAJoinSendsAwayOrRefuses() throws Exception {
            race(3, () -> {
                PermitCore<Ticket> core = fullCore(1);
                Ticket joining = new Ticket(Kind.CALLER);
                AtomicReference<@Nullable Admission> joined = new AtomicReference<>();
                AtomicReference<List<Ticket>> sentAway = new AtomicReference<>(List.of());
                return new Round(List.of(() -> joined.getAndSet(core.acquireOrJoin(joining, 0)),
                        () -> sentAway.getAndSet(core.close()), core::release), () -> {
                            Admission how = joined.get() == Admission.WAITING ? joining.answer() : joined.get();
                            assertThat(how).isIn(Admission.ADMITTED, Admission.CLOSED);
                            assertThat(joining.isGranted()).isEqualTo(how == Admission.ADMITTED);
                            boolean stood = joined.get() == Admission.WAITING;
                            assertThat(sentAway.get()).hasSize(stood && how == Admission.CLOSED ? 1 : 0);
                            return assertStands(core, 1, how == Admission.ADMITTED ? 1 : 0, 0);
                        });
            });
        }
    }
}
