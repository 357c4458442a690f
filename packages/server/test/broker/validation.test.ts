import { describe, expect, it } from "vitest";
import { z } from "zod";
import { validate } from "../../src/broker/validation.js";

/** A check that counts its calls, and rejects for what is not "good". */
function counting(): { calls: number; check: (value: string) => Promise<boolean> } {
  const counted = {
    calls: 0,
    check: async (value: string): Promise<boolean> => {
      counted.calls++;
      await Promise.resolve();
      if (value !== "good") throw new Error("the check broke");
      return true;
    },
  };
  return counted;
}

describe("validation with zod", () => {
  it.each([
    [
      "on its own",
      (check: (value: string) => Promise<boolean>) => z.string().refine(check),
      (value: string) => value,
    ],
    [
      "inside",
      (check) => z.object({ list: z.array(z.union([z.number(), z.string().refine(check)])) }),
      (value) => ({ list: [value] }),
    ],
    [
      "behind a transform",
      (check) =>
        z
          .string()
          .transform((value) => value)
          .pipe(z.string().refine(check)),
      (value) => value,
    ],
    [
      "as a transform",
      (check) => z.string().transform(async (value) => ((await check(value)) ? value : "")),
      (value) => value,
    ],
    ["behind lazy", (check) => z.lazy(() => z.string().refine(check)), (value) => value],
    [
      "as superRefine",
      (check) => z.string().superRefine(async (value) => void (await check(value))),
      (value) => value,
    ],
    [
      "behind optional and default",
      (check) => z.string().refine(check).optional().default("good"),
      (value) => value,
    ],
  ] satisfies [
    string,
    (check: (value: string) => Promise<boolean>) => z.ZodType,
    (value: string) => unknown,
  ][])(
    "calls an asynchronous check %s once, and its rejection reaches the caller",
    async (_, makeSchema, makeValue) => {
      const { check } = counting();
      const counted = counting();
      const schema = makeSchema(counted.check);
      expect(await validate(schema, makeValue("good"))).toEqual({ value: makeValue("good") });
      expect(counted.calls).toBe(1);
      // A promise that was dropped would end this process when it rejects.
      const broken = async (): Promise<unknown> => validate(makeSchema(check), makeValue("bad"));
      await expect(broken()).rejects.toThrow("the check broke");
    },
  );

  it("answers at once where nothing waits", () => {
    const schema = z.object({ id: z.string().trim().min(1), at: z.date(), n: z.number().default(1) });
    const at = new Date();
    expect(validate(schema, { id: " x ", at })).toEqual({ value: { id: "x", at, n: 1 } });
    expect(
      validate(
        z.string().refine((value) => value.length > 1),
        "xx",
      ),
    ).toEqual({ value: "xx" });
  });

  it("finds the same issues as zod itself", async () => {
    const plain = z.object({ id: z.string().min(2), tags: z.array(z.enum(["a", "b"])) });
    const checked = plain.refine(() => true);
    for (const value of [{ id: "x", tags: ["a", "c"] }, { id: 7 }, null, { id: "xx", tags: [] }]) {
      expect(await validate(checked, value)).toEqual(await plain["~standard"].validate(value));
      expect(await validate(plain, value)).toEqual(await plain["~standard"].validate(value));
    }
    const refused = await validate(
      z.string().refine((value) => value === "x", "not x"),
      "y",
    );
    expect(refused.issues).toMatchObject([{ message: "not x" }]);
  });

  it("throws what a check throws", async () => {
    const schema = z.string().refine(() => {
      throw new Error("the check broke");
    });
    const broken = async (): Promise<unknown> => validate(schema, "x");
    await expect(broken()).rejects.toThrow("the check broke");
  });

  it("takes a schema that holds itself", () => {
    interface Tree {
      children: Tree[];
    }
    const tree: z.ZodType<Tree> = z.object({
      get children() {
        return z.array(tree);
      },
    });
    expect(validate(tree, { children: [{ children: [] }] })).toEqual({
      value: { children: [{ children: [] }] },
    });
    expect(validate(tree, { children: [7] })).toMatchObject({ issues: [{ path: ["children", 0] }] });
  });

  it("leaves the schemas of other libraries to them", () => {
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (value: unknown) => ({ value: [value] }),
      },
    };
    expect(validate(schema, 1)).toEqual({ value: [1] });
  });
});
