// `npm run build`
import "./lib/prepare.mjs";
