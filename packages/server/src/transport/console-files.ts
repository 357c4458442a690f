import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `npm run build` puts the console: beside `src` and `dist`, so that both find it. */
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "../../console/");

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** The page takes everything from where it came from, and nothing may be put into it or around it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
} as const;

/** The compressed forms that the build may have put beside a file, the best one first. */
const ENCODINGS = [
  { name: "br", suffix: ".br" },
  { name: "gzip", suffix: ".gz" },
] as const;

interface File {
  readonly type: string;
  readonly tag: string;
  readonly plain: Buffer;
  /** By content encoding. */
  readonly encoded: Readonly<Record<string, Buffer>>;
}

/** The console: a page at `/`, and what it is made of below `/console/`. */
export class ConsoleFiles {
  readonly #folder: string;
  #files: ReadonlyMap<string, File> | undefined;

  /** @param folder - where the built console is; it may be missing */
  constructor(folder: string = FOLDER) {
    this.#folder = folder;
  }

  /** Whether it is there: a checkout that was not built has none. */
  get isBuilt(): boolean {
    return this.#read().has("/");
  }

  /**
   * Answers for the console's files, and for `/` where a browser asks.
   *
   * @returns whether it did; all else is for others to answer
   */
  answer(request: IncomingMessage, response: ServerResponse, pathname: string): boolean {
    const { method, headers } = request;
    if (method !== "GET" && method !== "HEAD") return false;
    if (pathname !== "/" && !pathname.startsWith("/console/")) return false;
    if (pathname === "/") {
      response.appendHeader("vary", "accept");
      if (!/\btext\/html\b/.test(headers.accept ?? "")) return false;
    }
    const file = this.#read().get(pathname);
    if (file === undefined) return false;
    response.appendHeader("vary", "accept-encoding");
    const common = {
      ...HEADERS,
      // Names hold a hash of what is in them; only the page itself changes.
      "cache-control": pathname === "/" ? "no-cache" : "public, max-age=31536000, immutable",
      etag: file.tag,
    };
    if (headers["if-none-match"] === file.tag) {
      response.writeHead(304, common).end();
      return true;
    }
    const encoding = ENCODINGS.find(
      ({ name }) => name in file.encoded && accepts(headers["accept-encoding"], name),
    );
    const body = (encoding && file.encoded[encoding.name]) ?? file.plain;
    response.writeHead(200, {
      ...common,
      "content-type": file.type,
      "content-length": body.byteLength,
      ...(encoding !== undefined && { "content-encoding": encoding.name }),
    });
    response.end(method === "HEAD" ? undefined : body);
    return true;
  }

  #read(): ReadonlyMap<string, File> {
    return (this.#files ??= readFiles(this.#folder));
  }
}

function accepts(header: string | string[] | undefined, encoding: string): boolean {
  return String(header ?? "")
    .split(",")
    .some((part) => {
      const [name, quality] = part.split(";").map((text) => text.trim());
      return name === encoding && !/^q=0(\.0*)?$/.test(quality ?? "");
    });
}

function readFiles(folder: string): Map<string, File> {
  const names = listFiles(folder);
  const files = new Map<string, File>();
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const plain = readFileSync(folder + name);
    const encoded = ENCODINGS.filter(({ suffix }) => names.includes(name + suffix)).map(
      (encoding) => [encoding.name, readFileSync(folder + name + encoding.suffix)] as const,
    );
    files.set(name === "index.html" ? "/" : `/${name}`, {
      type,
      plain,
      tag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
      encoded: Object.fromEntries(encoded),
    });
  }
  return files;
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) =>
      name.replaceAll("\\", "/"),
    );
  } catch {
    // Not built.
    return [];
  }
}
