package io.greenlet.sample.crawl;

import io.greenlet.sample.crawl.Report.BrokenLink;
import io.greenlet.sample.crawl.Visit.Broken;
import io.greenlet.sample.crawl.Visit.Found;
import io.greenlet.sample.crawl.Visit.LeftSite;
import io.greenlet.sample.crawl.Visit.Page;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Every URL that a check has heard of, which pages link to it, what is wrong with it, and where to go next.
///
/// ```
///   unknown ──link──▶ pending ──nextWave──▶ visited ──▶ page, found or broken
///                        └── beyond a limit ──▶ skipped
/// ```
///
/// Memory is bounded: at most [#MOST_KNOWN] URLs are kept, and of each the first few pages that have it. Not for more
/// than one thread: [Findings] has the lock.
final class LinkMap {

    static final int MOST_KNOWN = 100_000;
    private static final int MOST_FOUND_ON = 20;

    private final CrawlOptions options;
    private final Map<String, Known> known = new HashMap<>(); // by URL, or by the text of a link that is none
    private final Map<String, Target> pending = new HashMap<>(); // for the next wave
    private final Map<Role, Integer> asked = new EnumMap<>(Role.class);
    private @Nullable Site site; // null until the start has been read
    private int pagesKnown;
    private int pages;
    private long links;
    private int internal;
    private int external;
    private int broken;
    private int skipped;

    LinkMap(CrawlOptions options) {
        this.options = options;
        note(options.start(), Role.START);
    }

    /// Returns the site, which is known once the start has been read; null before.
    @Nullable Site site() {
        return site;
    }

    int pagesKnown() {
        return pagesKnown;
    }

    int pages() {
        return pages;
    }

    long links() {
        return links;
    }

    int internal() {
        return internal;
    }

    int external() {
        return external;
    }

    int broken() {
        return broken;
    }

    int skipped() {
        return skipped;
    }

    /// Takes the URLs that the last wave has brought up, as far as the check's limits allow, in the order of their URLs:
    /// what a limited check visits does not depend on who answers first.
    List<Target> nextWave() {
        List<Target> wave = new ArrayList<>();
        pending.values().stream().sorted((a, b) -> a.url().toString().compareTo(b.url().toString()))
                .forEach(target -> {
                    if (isWithinLimit(target.role())) {
                        wave.add(target);
                    } else {
                        skipped++;
                    }
                });
        pending.clear();
        return wave;
    }

    private boolean isWithinLimit(Role role) {
        Role kind = role == Role.START ? Role.PAGE : role;
        return asked.merge(kind, 1, Integer::sum) <= options.maxPages();
    }

    /// Adds what came of a visit.
    void add(Visit visit) {
        URI url = visit.target().url();
        switch (visit.outcome()) {
            case Page page -> read(url, visit.landed(), page);
            case LeftSite(URI to) -> link(url, note(to, Role.EXTERNAL));
            case Broken verdict -> condemn(known.get(url.toString()), verdict);
            case Found _ -> {
            }
        }
    }

    /// A page counts where its redirects end, once.
    private void read(URI url, URI landed, Page page) {
        if (site == null) {
            site = Site.around(landed);
        }
        Known here = note(landed, Role.PAGE);
        if (here == null || here.read) {
            return;
        }
        here.read = true;
        if (!landed.equals(url) && pending.remove(landed.toString()) != null) {
            pagesKnown--; // no need to visit it under its own name
        }
        pages++;
        links += page.links().size();
        Set<Known> named = new HashSet<>();
        for (Link link : page.links()) {
            Known there = switch (link) {
                case Link.To(URI to, boolean resource) -> note(to, roleOf(to, resource));
                case Link.Bad(String text, String why) -> condemn(keep(text, Role.EXTERNAL),
                        new Broken(Problem.BAD_URL, "no URL: " + why));
            };
            if (there != null && named.add(there)) {
                link(landed, there);
            }
        }
    }

    private Role roleOf(URI url, boolean resource) {
        if (site == null || !site.contains(url)) {
            return Role.EXTERNAL;
        }
        return resource ? Role.RESOURCE : Role.PAGE;
    }

    /// Returns what is known of a URL; a new one, or one that was only a resource so far and is to be read now, is put
    /// into the next wave. Null if there are too many.
    private @Nullable Known note(URI url, Role role) {
        Known seen = known.get(url.toString());
        if (seen != null && (seen.role != Role.RESOURCE || role != Role.PAGE)) {
            return seen;
        }
        Known now = keep(url.toString(), role);
        if (now == null) {
            return null;
        }
        now.role = role;
        pagesKnown += role == Role.PAGE || role == Role.START ? 1 : 0;
        external += role == Role.EXTERNAL ? 1 : 0;
        internal += role != Role.EXTERNAL && seen == null ? 1 : 0;
        if (now.verdict == null && (role != Role.EXTERNAL || options.checkExternal())) {
            pending.put(url.toString(), new Target(url, role));
        }
        return now;
    }

    private @Nullable Known keep(String text, Role role) {
        if (known.size() >= MOST_KNOWN && !known.containsKey(text)) {
            skipped++;
            return null;
        }
        return known.computeIfAbsent(text, _ -> new Known(role));
    }

    private @Nullable Known condemn(@Nullable Known url, Broken verdict) {
        if (url != null && url.verdict == null) {
            url.verdict = verdict;
            broken++;
        }
        return url;
    }

    /// Keeps the first pages in the order of their URLs: a report does not depend on who answers first.
    private static void link(URI page, @Nullable Known to) {
        if (to == null) {
            return;
        }
        to.references++;
        int place = Collections.binarySearch(to.foundOn, page.toString());
        to.foundOn.add(place < 0 ? -place - 1 : place, page.toString());
        if (to.foundOn.size() > MOST_FOUND_ON) {
            to.foundOn.removeLast();
        }
    }

    /// Returns how many pages have how many broken links.
    int references() {
        return known.values().stream().filter(Known::isBroken).mapToInt(url -> url.references).sum();
    }

    /// Returns the broken links in the order of their URLs.
    List<BrokenLink> brokenLinks(int most) {
        return known.entrySet().stream().filter(url -> url.getValue().isBroken()).sorted(Map.Entry.comparingByKey())
                .limit(most).map(url -> url.getValue().brokenLink(url.getKey())).toList();
    }

    /// What is known of a URL, or of a link text that is none.
    private static final class Known {

        private final List<String> foundOn = new ArrayList<>(1);
        private Role role;
        private boolean read; // it is a page, and counted
        private @Nullable Broken verdict;
        private int references;

        private Known(Role role) {
            this.role = role;
        }

        private boolean isBroken() {
            return verdict != null;
        }

        private BrokenLink brokenLink(String url) {
            Broken why = Objects.requireNonNull(verdict);
            return new BrokenLink(url, why.problem(), why.detail(), references, foundOn);
        }
    }
}
