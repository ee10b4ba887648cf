// What Chromium and axe-core make of pages:   node browser.mjs TOOLS CHROMIUM PAGE...
// TOOLS holds playwright-core and axe-core. Prints a line for each thing that is wrong, and at last how many pages were
// looked at. With SHOTS=FOLDER set it leaves a picture of each page as it is seen in each way.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const [tools, program, ...pages] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const { chromium } = require(path.resolve(tools, "playwright-core"));
const axe = readFileSync(path.resolve(tools, "axe-core/axe.min.js"), "utf8");

const ways = {
    light: { colorScheme: "light", viewport: { width: 1100, height: 900 } },
    dark: { colorScheme: "dark", viewport: { width: 1100, height: 900 } },
    phone: { colorScheme: "light", viewport: { width: 390, height: 844 }, isMobile: true },
    print: { colorScheme: "dark", viewport: { width: 720, height: 1020 } },
};

const browser = await chromium.launch({
    executablePath: program,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});

// Relative luminance and contrast: WCAG 2.1, 1.4.3.
const ownChecks = (width) => {
    const wrong = [];
    // A phone's browser shrinks the page until it fits, and calls that its width.
    const wide = Math.max(document.documentElement.scrollWidth, window.innerWidth);
    if (wide > width) wrong.push(`scrolls sideways by ${wide - width}`);
    const background = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
    const luminance = (rgb) => {
        const [r, g, b] = rgb.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    // axe does not look into pictures.
    for (const text of document.querySelectorAll("svg text")) {
        const fill = getComputedStyle(text).fill.match(/[\d.]+/g).map(Number);
        const found = contrast(luminance(fill), luminance(background));
        if (found < 4.5) {
            wrong.push(`text in a picture has a contrast of ${found.toFixed(1)}: ${text.textContent}`);
            break;
        }
    }
    for (const picture of document.querySelectorAll("svg"))
        if (!picture.getAttribute("aria-label")) wrong.push("a picture has no words");
    if (document.querySelectorAll("script, img, iframe, object, embed, form").length > 0)
        wrong.push("holds more than text and pictures");
    for (const element of document.querySelectorAll("*"))
        for (const { name } of element.attributes)
            if (name.startsWith("on")) wrong.push(`a handler: ${name}`);
    return wrong;
};

for (const page of pages) {
    const url = `file://${path.resolve(page)}`;
    for (const [way, options] of Object.entries(ways)) {
        const say = (what) => console.log(`${page}, ${way}: ${String(what).replace(/\s+/g, " ").slice(0, 300)}`);
        const context = await browser.newContext(options);
        const tab = await context.newPage();
        tab.on("console", (message) => say(`console: ${message.text()}`));
        tab.on("pageerror", (error) => say(`error: ${error}`));
        tab.on("request", (request) => request.url() !== url && say(`request: ${request.url()}`));
        tab.on("dialog", (dialog) => {
            say(`dialog: ${dialog.message()}`);
            dialog.dismiss();
        });
        if (way === "print") await tab.emulateMedia({ media: "print" });
        await tab.goto(url);
        for (const wrong of await tab.evaluate(ownChecks, options.viewport.width)) say(wrong);
        if (process.env.SHOTS)
            await tab.screenshot({ path: `${process.env.SHOTS}/${path.basename(page)}-${way}.png`, fullPage: true });
        await context.close();

        // The page lets no script in, so the linter looks at it where that is switched off.
        const lax = await browser.newContext({ ...options, bypassCSP: true });
        const linted = await lax.newPage();
        await linted.goto(url);
        await linted.evaluate(axe);
        const { violations } = await linted.evaluate(() => window.axe.run(document));
        for (const { id, nodes } of violations) say(`axe ${id}: ${nodes.length} times, first ${nodes[0].html}`);
        await lax.close();
    }
}
await browser.close();
console.log(pages.length);
