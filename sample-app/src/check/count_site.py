#!/usr/bin/env python3
"""Counts a documentation site straight from its javadoc jar, as an independent check of the sample application.

    python3 count_site.py path/to/some-javadoc.jar [http://localhost:8080/checks/1]

With the address of a report, says whether the application found the same.

What is counted, in the words of the link checker's own report:

page       a URL under /site/ that answers with HTML and that a, area, iframe or frame lead to from /site/
link       an element of a page that names an http(s) URL: a, area (href), iframe, frame, img, script (src), and
           link (href) unless it only opens a connection (rel preconnect or dns-prefetch); one per element
internal   the distinct URLs under /site/ that links name, without their fragments, plus the start itself
external   the distinct other URLs that links name; nobody asks for them
broken     the distinct internal URLs that have no entry in the jar; a directory stands for its index.html
references the distinct pairs of a page and a broken URL on it
"""
import json
import sys
import zipfile
from collections import deque
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import urlopen

START = "http://jar.invalid/site/"
PAGES = {"a": "href", "area": "href", "iframe": "src", "frame": "src"}
RESOURCES = {"link": "href", "img": "src", "script": "src"}
NO_DOCUMENT = {"preconnect", "dns-prefetch"}


class Links(HTMLParser):
    """Collects the absolute URLs of one page, with repetitions, and whether each leads to a page."""

    def __init__(self, page):
        super().__init__()
        self.base, self.found = page, []

    def handle_starttag(self, tag, attrs):
        attributes = dict(reversed(attrs))
        if tag == "base" and attributes.get("href"):
            self.base = urljoin(self.base, attributes["href"])
        value = attributes.get((PAGES | RESOURCES).get(tag))
        if value is None or tag == "link" and NO_DOCUMENT & set((attributes.get("rel") or "").lower().split()):
            return
        url = urldefrag(urljoin(self.base, value.strip())).url
        if urlsplit(url).scheme in ("http", "https"):
            self.found.append((url, tag in PAGES))


def count(jar_path):
    with zipfile.ZipFile(jar_path) as jar:
        entries = {name for name in jar.namelist() if not name.endswith("/")}

        def entry_of(url):
            path = unquote(urlsplit(url).path)[len("/site/"):]
            return path + "index.html" if path == "" or path.endswith("/") else path

        pages, queue, external = {START}, deque([START]), set()
        links = 0
        linked_from = {START: set()}
        while queue:
            url = queue.popleft()
            parser = Links(url)
            parser.feed(jar.read(entry_of(url)).decode("utf-8", "replace"))
            links += len(parser.found)
            for target, is_page in parser.found:
                if not target.startswith(START):
                    external.add(target)
                    continue
                linked_from.setdefault(target, set()).add(url)
                entry = entry_of(target)
                if is_page and target not in pages and entry in entries and entry.endswith(".html"):
                    pages.add(target)
                    queue.append(target)
        broken = {url: found_on for url, found_on in linked_from.items() if entry_of(url) not in entries}
    return {
        "pages": len(pages),
        "links": links,
        "internal": len(linked_from),
        "external": len(external),
        "broken": len(broken),
        "references": sum(len(found_on) for found_on in broken.values()),
        "brokenUrls": sorted(url[len(START) - len("/site/"):] for url in broken),
    }


def compare(counted, report_url):
    with urlopen(report_url) as answer:
        report = json.load(answer)
    report["brokenUrls"] = sorted(urlsplit(link["url"]).path for link in report["brokenLinks"])
    return [f"{name}: counted {counted[name]}, reported {report[name]}" for name in counted if counted[name] != report[name]]


if __name__ == "__main__":
    result = count(sys.argv[1])
    for name, value in result.items():
        print(*value if name == "brokenUrls" else [f"{name:11}{value}"], sep="\n")
    if len(sys.argv) > 2:
        differences = compare(result, sys.argv[2])
        print(*differences or ["the report agrees"], sep="\n")
        sys.exit(1 if differences else 0)
