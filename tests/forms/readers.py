#!/usr/bin/env python3
"""What independent readers make of the documents in a folder: prints what is wrong with each, and at the end how many
there were.  readers.py KIND FOLDER, where KIND is junit, openmetrics, markdown or annotations."""
import glob
import html.parser
import re
import subprocess
import sys
import xml.etree.ElementTree


def junit(path):
    """The sums in the head are those of the cases."""
    suite = xml.etree.ElementTree.parse(path).getroot()[0]
    for attribute, element in ("tests", "testcase"), ("failures", "*/failure"), ("errors", "*/error"), ("skipped", "*/skipped"):
        if int(suite.get(attribute)) != len(suite.findall(element)):
            yield f"{attribute} is {suite.get(attribute)}, and there are {len(suite.findall(element))}"
    for case in suite.findall("testcase"):
        for element in case:
            if (element.text or "").count("\n") >= 40:
                yield f"{case.get('name')}: more than 40 lines"


def openmetrics(path):
    """Both of the formats that it has to be, by the parsers of the Prometheus client."""
    import prometheus_client.openmetrics.parser
    import prometheus_client.parser
    text = open(path, encoding="utf-8", newline="").read()
    for parser in prometheus_client.openmetrics.parser, prometheus_client.parser:
        for family in parser.text_string_to_metric_families(text):
            for sample in family.samples:
                if not sample.name.startswith(("plimsoll_", "container_")):
                    yield f"{sample.name}: not a name of ours"
                if not {"name"} <= set(sample.labels) <= {"name", "image", "question", "state", "outcome", "version"}:
                    yield f"{sample.name}: labels {sorted(sample.labels)}"


class Page(html.parser.HTMLParser):
    """What a browser would find in the page."""
    own = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "strong", "em", "code", "details", "summary"}

    def __init__(self):
        super().__init__()
        self.troubles, self.open, self.text, self.cells = [], [], "", 0

    def handle_starttag(self, tag, attrs):
        if tag not in self.own or any(name != "align" for name, value in attrs):
            self.troubles.append(f"<{tag} {attrs}> is none of ours")
        self.cells += tag in ("td", "th")
        self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.troubles.append(f"</{tag}> closes nothing")
        if tag == "tr":
            if self.cells != 6:
                self.troubles.append(f"a row of {self.cells} cells")
            self.cells = 0

    def handle_data(self, data):
        if "code" not in self.open:
            self.text += data

    def handle_comment(self, data):
        self.troubles.append("a comment")


def markdown(path):
    """As GitHub's own parser renders it, with its extensions and nothing filtered."""
    command = ["cmark-gfm", "--unsafe"]
    for extension in "table", "autolink", "strikethrough", "tasklist":
        command += ["-e", extension]
    page = Page()
    page.feed(subprocess.run(command + [path], check=True, capture_output=True).stdout.decode())
    yield from page.troubles
    if page.open:
        yield f"left open: {page.open}"
    # What GitHub and GitLab would make a mention or a reference of, in the text that was rendered.
    for found in re.findall(r"[@#!~$&][\w\"/]|\w+://", page.text):
        yield f"{found!r} would be a mention, a reference or a link"
    source = open(path, encoding="utf-8", newline="").read()
    if source.count("\n") >= 40 or len(source) > 65535:
        yield f"{source.count(chr(10))} lines, {len(source)} characters"


def annotations(path):
    """As GitHub's runner parses a command: "::name key=value,key=value::text", ended by the line."""
    for line in open(path, encoding="utf-8", newline="").read().splitlines():
        match = re.fullmatch(r"::(error|warning|notice) title=plimsoll%3A ([^:,\r\n]*)::(.*)", line)
        if not match:
            yield f"no command of ours: {line}"
        elif re.search(r"%(?!25|0A|0D|3A|2C)", match[2] + match[3]):
            yield f"a percent sign that escapes nothing: {line}"


def main():
    kind, folder = sys.argv[1:]
    paths = sorted(glob.glob(f"{folder}/*.{kind}"))
    for path in paths:
        try:
            for trouble in list(globals()[kind](path))[:3]:
                print(f"{path}: {trouble}")
        except Exception as error:  # whatever a parser throws is its verdict
            print(f"{path}: {type(error).__name__}: {error}")
    print(len(paths))


main()
