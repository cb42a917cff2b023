document.querySelector('h1').title = 'Kept by browsers for a year: its name is of its content.';
