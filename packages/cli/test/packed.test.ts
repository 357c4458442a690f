import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyDirectory, packAll, Project } from "../../client/test/support/project.js";
import { Shell } from "../../demo/test/readme/shell.js";

let tarballs: string;
let project: Project;

beforeAll(async () => {
  tarballs = await emptyDirectory();
  const { cli, client, server } = await packAll(tarballs);
  project = await Project.create({}, [cli, client, server]);
}, 120_000);

afterAll(async () => {
  await project.remove();
  await rm(tarballs, { recursive: true, force: true });
});

test.runIf(process.platform !== "win32")(
  "what npm would install serves, produces and subscribes in an empty folder",
  { timeout: 90_000 },
  async () => {
    await using shell = new Shell(project.path(), {});
    const broker = shell.start("exec npx rtmsg serve --port 0");
    const at = /^Broker server running at (\S+)$/m;
    await expect.poll(() => broker.stdout + broker.stderr, { timeout: 60_000 }).toMatch(at);
    const [, url] = at.exec(broker.stdout) ?? [];

    const produced = await shell.run(`npx rtmsg produce greetings '{"text":"hello"}' --url ${url}`);
    expect(produced).toMatchObject({ code: 0 });
    const subscribed = await shell.run(
      `npx rtmsg subscribe greetings --from earliest --until-now --url ${url}`,
    );
    expect(subscribed).toMatchObject({ code: 0 });
    expect(subscribed.stdout).toContain("hello");

    const page = await (await fetch(`${url}/`, { headers: { accept: "text/html" } })).text();
    const [, script] = /<script [^>]*src="\.(.+?)"/.exec(page) ?? [];
    expect((await fetch(`${url}${script}`)).headers.get("content-type")).toMatch(/^text\/javascript/);

    broker.signal("SIGINT");
    // npx ends by the signal itself, so its code says nothing.
    await broker.finished;
    expect((await shell.run("ls -d .rtmsg")).stdout).toBe(".rtmsg\n");
  },
);
