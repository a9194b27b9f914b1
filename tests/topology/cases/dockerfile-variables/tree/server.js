require('express')().listen(4100);
