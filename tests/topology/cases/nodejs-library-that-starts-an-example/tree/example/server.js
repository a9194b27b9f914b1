require("express")().use(require("../lib").guard()).listen(process.env.PORT || 3000);
