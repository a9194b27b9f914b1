require("dotenv").config();
require("express")().listen(process.env.PORT);
