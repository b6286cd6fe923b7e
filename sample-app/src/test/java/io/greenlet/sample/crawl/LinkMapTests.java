package io.greenlet.sample.crawl;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.sample.crawl.Report.BrokenLink;
import io.greenlet.sample.crawl.Visit.Broken;
import io.greenlet.sample.crawl.Visit.Page;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class LinkMapTests {

    private static final URI START = url("");

    @Test
    void itBeginsWithTheStart() {
        LinkMap map = map(10, false);

        assertThat(map.nextWave()).containsExactly(new Target(START, Role.START));
        assertThat(map.nextWave()).isEmpty();
        assertThat(map.site()).isNull();
        assertThat(map.internal()).isEqualTo(1);
    }

    @Test
    void aWaveIsInTheOrderOfItsUrlsWhoeverAnswersFirst() {
        LinkMap map = map(10, false);
        visit(map, "", page("c"), page("a"), page("b"));
        map.nextWave();
        visit(map, "b", page("z"), page("y"));
        visit(map, "a", page("x"), page("y"), page("c"));

        assertThat(map.nextWave()).extracting(Target::url).containsExactly(url("x"), url("y"), url("z"));
    }

    @Test
    void theLimitHoldsForEachKindAndKeepsTheFirstUrls() {
        LinkMap map = map(2, true);
        map.nextWave(); // the start is the first page
        visit(map, "", page("b"), page("a"), resource("s"), resource("r"), resource("t"), external("f"), external("e"),
                external("g"));

        assertThat(map.nextWave()).containsExactlyInAnyOrder(new Target(url("a"), Role.PAGE),
                new Target(url("r"), Role.RESOURCE), new Target(url("s"), Role.RESOURCE),
                new Target(URI.create("http://e.test/e"), Role.EXTERNAL),
                new Target(URI.create("http://e.test/f"), Role.EXTERNAL));
        assertThat(map.skipped()).isEqualTo(3);
        assertThat(map.internal()).isEqualTo(6);
        assertThat(map.external()).isEqualTo(3);
    }

    @Test
    void externalUrlsAreOnlyCountedUnlessWanted() {
        LinkMap map = map(10, false);
        map.nextWave();
        visit(map, "", external("e"), external("e"));

        assertThat(map.nextWave()).isEmpty();
        assertThat(map.external()).isEqualTo(1);
        assertThat(map.links()).isEqualTo(2);
        assertThat(map.skipped()).isZero();
    }

    @Test
    void aResourceThatTurnsOutToBeAPageIsVisitedAgainAndCountedOnce() {
        LinkMap map = map(10, false);
        map.nextWave();
        visit(map, "", resource("a"), page("b"));
        map.nextWave();
        visit(map, "b", page("a"));

        assertThat(map.nextWave()).containsExactly(new Target(url("a"), Role.PAGE));
        assertThat(map.internal()).isEqualTo(3);
        assertThat(map.pagesKnown()).isEqualTo(3);
    }

    @Test
    void aBrokenLinkKeepsTheFirstPagesThatHaveItAndCountsAll() {
        LinkMap map = map(100, false);
        List<String> names = IntStream.range(10, 40).mapToObj(i -> "p" + i).toList();
        visit(map, "", names.reversed().stream().map(LinkMapTests::page).toArray(Link[]::new));
        names.reversed().forEach(name -> visit(map, name, page("gone"), page("gone")));
        Broken broken = new Broken(Problem.STATUS, "status 404");
        map.add(new Visit(new Target(url("gone"), Role.PAGE), url("gone"), broken, Duration.ZERO));

        assertThat(map.broken()).isEqualTo(1);
        assertThat(map.references()).isEqualTo(30);
        assertThat(map.brokenLinks(10)).containsExactly(new BrokenLink(url("gone").toString(), Problem.STATUS,
                "status 404", 30, names.stream().limit(20).map(name -> url(name).toString()).toList()));
        assertThat(map.brokenLinks(0)).isEmpty();
    }

    @Test
    void aTextThatIsNoUrlIsBrokenAtOnceAndNeverVisited() {
        LinkMap map = map(10, true);
        map.nextWave();
        visit(map, "", new Link.Bad("http://a b/", "illegal"), new Link.Bad("http://a b/", "illegal"));

        assertThat(map.nextWave()).isEmpty();
        assertThat(map.broken()).isEqualTo(1);
        assertThat(map.references()).isEqualTo(1);
        assertThat(map.external()).isZero();
        assertThat(map.brokenLinks(1)).extracting(BrokenLink::detail).containsExactly("no URL: illegal");
    }

    @Test
    void aPageIsReadOnceHoweverOftenOneLandsThere() {
        LinkMap map = map(10, false);
        visit(map, "", page("old"), page("new"));
        map.nextWave();
        for (String from : List.of("old", "new", "older")) {
            map.add(new Visit(new Target(url(from), Role.PAGE), url("new"), new Page(List.of(page("x"))),
                    Duration.ZERO));
        }

        assertThat(map.pages()).isEqualTo(2);
        assertThat(map.links()).isEqualTo(3);
    }

    private static LinkMap map(int maxPages, boolean checkExternal) {
        return new LinkMap(new CrawlOptions(START, maxPages, 1, Duration.ofSeconds(1), checkExternal));
    }

    private static void visit(LinkMap map, String name, Link... links) {
        Role role = name.isEmpty() ? Role.START : Role.PAGE;
        map.add(new Visit(new Target(url(name), role), url(name), new Page(Stream.of(links).toList()), Duration.ZERO));
    }

    private static Link page(String name) {
        return new Link.To(url(name), false);
    }

    private static Link resource(String name) {
        return new Link.To(url(name), true);
    }

    private static Link external(String name) {
        return new Link.To(URI.create("http://e.test/" + name), false);
    }

    private static URI url(String name) {
        return URI.create("http://h.test/site/" + name);
    }
}
