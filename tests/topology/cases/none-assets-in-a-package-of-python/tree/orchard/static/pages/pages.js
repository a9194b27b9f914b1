document.title = "Apples";
