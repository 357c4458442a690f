/** What the process that reads a log tells of it. */
export type VerifyMessage =
  | { readonly type: "problem"; readonly text: string }
  /** What is read next: what the process was at, should it end. */
  | { readonly type: "stage"; readonly stage: string }
  /** Of so many blocks so many are checked. */
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | {
      readonly type: "done";
      readonly counts: {
        readonly topics: number;
        readonly blocks: number;
        readonly events: number;
        readonly bytes: number;
      };
    };
