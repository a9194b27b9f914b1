require("express")().listen(process.env.PORT || 7000);
