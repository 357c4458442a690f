import { render } from "preact";
import { session } from "./session.js";
import { shortcuts } from "./shell/shortcuts.js";
import { Refused } from "./shell/refused.js";
import { Shell } from "./shell/shell.js";
import { SignIn } from "./shell/sign-in.js";
import { Starting } from "./shell/starting.js";
import "./style/index.css";

function App() {
  switch (session.phase.value) {
    case "ready":
      return <Shell />;
    case "signIn":
      return <SignIn />;
    case "refused":
      return <Refused />;
    default:
      return <Starting />;
  }
}

const root = document.querySelector("#root");
if (root === null) throw new Error("index.html has no element #root");
session.start();
shortcuts();
render(<App />, root);
