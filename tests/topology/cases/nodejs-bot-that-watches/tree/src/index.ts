import { openClient } from "./clients"; void openClient(process.env.TOKEN);
